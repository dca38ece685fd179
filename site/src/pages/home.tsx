/** The first page: how large the project is, how the last run went, and where to begin. */
import { useMemo } from "preact/hooks";
import { Card, NodeLink, Status, count, duration, moment, tone } from "../components/parts";
import { Markdown } from "../components/markdown";
import { type Project } from "../data/project";
import { useSection } from "../data/sections";
import type { Details, Results } from "../data/types";
import { LineageGraph } from "../lineage/graph";
import { href } from "../router";

/** A graph of more nodes says nothing at this size. */
const SMALL = 400;

export function Home({ project }: { project: Project }) {
  const results = useSection<Results>("results");
  const details = useSection<Details[]>("details");
  const facts = project.facts;
  const of = (...kinds: string[]) => project.nodes.filter((node) => kinds.includes(node.kind) && !node.hidden).length;
  const places = useMemo(() => project.nodes.flatMap((node, place) => (project.inGraph(place) && node.kind !== "analysis" ? [place] : [])), [project]);
  const described = useMemo(() => {
    let [all, told] = [0, 0];
    details?.forEach((detail, place) => {
      if (project.nodes[place].kind !== "model") return;
      for (const column of detail.columns ?? []) {
        all++;
        if (column.description) told++;
      }
    });
    return all === 0 ? undefined : Math.round((100 * told) / all);
  }, [details]);
  const exposures = project.nodes.flatMap((node, place) => (node.kind === "exposure" ? [place] : []));
  const tiles: [number, string, string][] = [
    [of("model"), "models", "model"],
    [of("source"), "sources", "source"],
    [of("seed"), "seeds", "seed"],
    [of("snapshot"), "snapshots", "snapshot"],
    [of("test", "unit_test"), "tests", "test"],
    [of("exposure"), "exposures", "exposure"],
    [of("metric"), "metrics", "metric"],
  ];
  return (
    <div class="page stack" style={{ gap: "24px" }}>
      <div>
        <h1>{facts.name}</h1>
        <p class="muted">
          {[facts.adapter && `on ${facts.adapter}`, facts.generated && `written ${moment(facts.generated)}`].filter(Boolean).join(", ")}
        </p>
      </div>
      <div class="tiles">
        {tiles
          .filter(([amount]) => amount > 0)
          .map(([amount, name]) => (
            <div class="tile" key={name}>
              <b>{amount.toLocaleString("en")}</b>
              <span>{amount === 1 ? name.slice(0, -1) : name}</span>
            </div>
          ))}
        {described !== undefined && (
          <div class="tile">
            <b>{described} %</b>
            <span>columns described</span>
          </div>
        )}
      </div>
      {places.length <= SMALL && (
        <div class="embed" style={{ height: "380px" }}>
          <LineageGraph project={project} places={places} coloring="layer" arrangement="layer" results={results} />
        </div>
      )}
      <div class="columns-2">
        <div class="stack">
          {facts.overview && (
            <Card heading="About this project">
              <Markdown text={facts.overview} />
            </Card>
          )}
          <LastRun project={project} results={results} />
        </div>
        <div class="stack">
          {exposures.length > 0 && (
            <Card heading="Exposures">
              <ul class="link-list">
                {exposures.slice(0, 12).map((place) => (
                  <li key={place}>
                    <NodeLink project={project} place={place} />
                    <span class="muted">{project.nodes[place].type}</span>
                  </li>
                ))}
              </ul>
            </Card>
          )}
          <Fresh project={project} results={results} />
        </div>
      </div>
    </div>
  );
}

function LastRun({ project, results }: { project: Project; results?: Results }) {
  if (!results) return null;
  if (results.results.length === 0) {
    return (
      <Card heading="Last run">
        <p class="muted">No results yet: `netflix build` leaves some, and the next documentation shows them.</p>
      </Card>
    );
  }
  const tally = { good: 0, warn: 0, bad: 0, idle: 0 };
  for (const result of results.results) tally[tone(result.status)]++;
  const troubles = results.results.filter((result) => tone(result.status) === "bad" || tone(result.status) === "warn");
  const slowest = results.results.filter((result) => !project.nodes[result.node].test).sort((a, b) => b.seconds - a.seconds).slice(0, 6);
  const all = results.results.length;
  return (
    <>
      <Card heading="Last results" aside={<a href={href("runs")}>All runs</a>}>
        <div class="spread">
          <span>
            <strong class="good">{tally.good}</strong> passed
            {tally.warn > 0 && (
              <>
                , <strong class="warn">{tally.warn}</strong> warned
              </>
            )}
            , <strong class={tally.bad > 0 ? "bad" : ""}>{tally.bad}</strong> failed
            {tally.idle > 0 && `, ${tally.idle} skipped or nothing to do`}
          </span>
          <span class="muted">{moment(results.runs[0]?.ended)}</span>
        </div>
        <div class="meter" aria-hidden="true">
          <i style={{ width: `${(100 * tally.good) / all}%`, background: "var(--good)" }} />
          <i style={{ width: `${(100 * tally.warn) / all}%`, background: "var(--warn)" }} />
          <i style={{ width: `${(100 * tally.bad) / all}%`, background: "var(--bad)" }} />
        </div>
        {troubles.length > 0 && (
          <ul class="link-list" style={{ marginTop: "12px" }}>
            {troubles.slice(0, 12).map((result) => (
              <li key={result.node}>
                <Status status={result.status} />
                <NodeLink project={project} place={result.node} />
              </li>
            ))}
          </ul>
        )}
      </Card>
      {slowest.length > 0 && (
        <Card heading="Slowest">
          <ul class="link-list">
            {slowest.map((result) => (
              <li key={result.node}>
                <NodeLink project={project} place={result.node} />
                <span style={{ marginLeft: "auto" }} class="muted number">
                  {duration(result.seconds)}
                </span>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

function Fresh({ project, results }: { project: Project; results?: Results }) {
  const checked = results?.freshness ?? [];
  if (checked.length === 0) return null;
  return (
    <Card heading="Freshness" aside={<span class="muted">{count(checked.length, "source")}</span>}>
      <ul class="link-list">
        {checked.slice(0, 15).map((fresh) => (
          <li key={fresh.node}>
            <NodeLink project={project} place={fresh.node} />
            <span style={{ marginLeft: "auto" }}>
              <Status status={fresh.status} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
