/** The page of a node or macro. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { Card, NodeLink, NodeList, Segments, Status, duration, moment } from "../components/parts";
import { Code, Copy } from "../components/code";
import { Inline, Markdown } from "../components/markdown";
import { testTitle, title, type Project } from "../data/project";
import { useSection } from "../data/sections";
import type { Column, Details, Lineage, NodeResult, Results } from "../data/types";
import { ColumnFlow, inherited } from "../lineage/columns";
import { LineageGraph } from "../lineage/graph";
import { href, replace } from "../router";

interface Properties {
  project: Project;
  place: number;
  query: Record<string, string>;
}

export function NodePage({ project, place, query }: Properties) {
  const node = project.nodes[place];
  const allDetails = useSection<Details[]>("details");
  const details = allDetails?.[place];
  const results = useSection<Results>("results");
  const tests = project.tests[place];
  const columns = details?.columns ?? [];
  const graphed = project.inGraph(place);
  const hasCode = !["source", "exposure", "metric", "semantic_model", "saved_query"].includes(node.kind);
  const tabs: [string, string, number?][] = [["overview", "Overview"]];
  if (columns.length > 0) tabs.push(["columns", "Columns", columns.length]);
  if (hasCode) tabs.push(["code", "Code"]);
  if (graphed) tabs.push(["lineage", "Lineage"]);
  if (tests.length > 0) tabs.push(["tests", "Tests", tests.length]);
  const tab = tabs.some(([name]) => name === query.tab) ? query.tab : "overview";
  const last = results?.results.find((result) => result.node === place);
  return (
    <div class="page">
      <p class="crumbs">{[node.package, ...(node.folders ?? [])].join(" / ")}</p>
      <h1>{title(node)}</h1>
      <div class="row" style={{ marginTop: "10px" }}>
        <span class="pill">{node.kind.replace("_", " ")}</span>
        {node.materialized && <span class="pill">{node.materialized}</span>}
        {node.type && <span class="pill">{node.type}</span>}
        {node.access && <span class="pill">{node.access}</span>}
        {node.contract && <span class="pill">contract</span>}
        {node.deprecation && <span class="pill warn">deprecated {node.deprecation.slice(0, 10)}</span>}
        {last && <Status status={last.status} />}
        {node.tags?.map((tag) => (
          <span class="pill plain" key={tag}>
            {tag}
          </span>
        ))}
      </div>
      <nav class="tabs" role="tablist" aria-label="Parts">
        {tabs.map(([name, shown, amount]) => (
          <a key={name} role="tab" aria-selected={tab === name} href={href("node", node.id, { tab: name === "overview" ? undefined : name })}>
            {shown}
            {amount !== undefined && <span class="count">{amount}</span>}
          </a>
        ))}
      </nav>
      {tab === "overview" && <Overview project={project} place={place} details={details} results={results} />}
      {tab === "columns" && <Columns project={project} place={place} details={allDetails ?? []} columns={columns} results={results} chosen={query.column} />}
      {tab === "code" && <CodeTab project={project} place={place} />}
      {tab === "lineage" && <LineageTab project={project} place={place} results={results} />}
      {tab === "tests" && (
        <div class="card table-scroll">
          <TestTable project={project} tests={tests} results={results} />
        </div>
      )}
    </div>
  );
}

function Overview({ project, place, details, results }: { project: Project; place: number; details?: Details; results?: Results }) {
  const node = project.nodes[place];
  const last = results?.results.find((result) => result.node === place);
  const fresh = results?.freshness?.find((one) => one.node === place);
  const reads = node.kind === "macro" ? (node.parents ?? []) : project.readsFrom(place);
  const readers = node.kind === "macro" ? project.children[place] : project.readBy(place);
  const isTest = node.kind === "test" || node.kind === "unit_test";
  return (
    <div class="columns-2">
      <div class="stack">
        {node.description ? <Markdown text={node.description} /> : <p class="muted">No description.</p>}
        {node.source?.description && (
          <Card heading={`Source ${node.source.name}`}>
            <Markdown text={node.source.description} />
          </Card>
        )}
        {last?.message && ["error", "fail", "warn", "runtime error"].includes(last.status) && (
          <Card heading="Last result">
            <pre style={{ whiteSpace: "pre-wrap", margin: 0 }}>{last.message}</pre>
          </Card>
        )}
        {(details?.columns?.length ?? 0) > 0 && (
          <Card heading="Columns" flush aside={<a href={href("node", node.id, { tab: "columns" })}>Types, tests, lineage</a>}>
            <table>
              <tbody>
                {details?.columns?.slice(0, 12).map((column) => (
                  <tr key={column.name}>
                    <td style={{ width: "34%" }}>
                      <a class="column-name" href={href("node", node.id, { tab: "columns", column: column.name })}>
                        {column.name}
                      </a>
                    </td>
                    <td>{column.description ? <Inline text={column.description} /> : <span class="muted">{column.type?.toLowerCase()}</span>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Card>
        )}
        {(details?.arguments?.length ?? 0) > 0 && (
          <Card heading="Arguments" flush>
            <table>
              <tbody>
                {details?.arguments?.map((argument) => (
                  <tr key={argument.name}>
                    <td class="column-name">{argument.name}</td>
                    <td class="muted">{argument.type}</td>
                    <td>{argument.description && <Inline text={argument.description} />}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Card>
        )}
        {details?.definition && (
          <Card heading="Definition">
            <pre style={{ margin: 0, overflow: "auto" }}>{JSON.stringify(details.definition, null, 2)}</pre>
          </Card>
        )}
        <div class="columns-2" style={{ gridTemplateColumns: "1fr 1fr" }}>
          <Card heading={node.kind === "macro" ? "Calls" : isTest ? "Tests" : "Reads"}>
            <NodeList project={project} places={isTest ? (node.parents ?? []) : reads} />
          </Card>
          {!isTest && (
            <Card heading={node.kind === "macro" ? "Called by" : "Read by"}>
              <NodeList project={project} places={readers} />
            </Card>
          )}
        </div>
      </div>
      <aside class="stack">
        <Card heading="Details">
          <Facts project={project} place={place} details={details} />
        </Card>
        {last && (
          <Card heading="Last run">
            <dl class="facts">
              <dt>Status</dt>
              <dd>
                <Status status={last.status} />
              </dd>
              <dt>Took</dt>
              <dd>{duration(last.seconds)}</dd>
              {last.rows !== undefined && (
                <>
                  <dt>Rows</dt>
                  <dd>{last.rows.toLocaleString("en")}</dd>
                </>
              )}
              <dt>When</dt>
              <dd>{moment(results?.runs[last.run]?.ended)}</dd>
            </dl>
          </Card>
        )}
        {fresh && (
          <Card heading="Freshness">
            <dl class="facts">
              <dt>Status</dt>
              <dd>
                <Status status={fresh.status} />
              </dd>
              <dt>Newest row</dt>
              <dd>{moment(fresh.loaded)}</dd>
              {fresh.age !== undefined && (
                <>
                  <dt>Age</dt>
                  <dd>{duration(fresh.age)}</dd>
                </>
              )}
              <dt>Checked</dt>
              <dd>{moment(fresh.checked)}</dd>
            </dl>
          </Card>
        )}
        {node.macros && node.macros.length > 0 && (
          <Card heading="Macros">
            <NodeList project={project} places={node.macros} />
          </Card>
        )}
      </aside>
    </div>
  );
}

function Facts({ project, place, details }: { project: Project; place: number; details?: Details }) {
  const node = project.nodes[place];
  const owner = node.owner ?? project.facts.groups?.find((group) => group.name === node.group)?.owner;
  const email = Array.isArray(owner?.email) ? owner.email.join(", ") : owner?.email;
  const facts: [string, unknown][] = [
    ["Relation", node.relation?.replaceAll('"', "")],
    ["Type", details?.relation_type?.toLowerCase()],
    ["Owner", [owner?.name, email].filter(Boolean).join(", ") || details?.relation_owner],
    ["Group", node.group],
    ["Maturity", node.maturity],
    ["Address", node.url],
    ["Loader", node.source?.loader],
    ["Loaded at", node.source?.loaded_at],
    ["Language", node.language],
    ["Package", node.package],
    ["File", node.path],
    ["Described in", node.patch !== node.path ? node.patch : undefined],
    ...(details?.statistics ?? []).map((one): [string, unknown] => [one.label, one.value]),
    ...Object.entries(details?.config ?? {}).filter(([name]) => name !== "materialized"),
    ...Object.entries(details?.meta ?? {}).map(([name, value]): [string, unknown] => [`meta.${name}`, value]),
  ];
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== "" && value !== null)
        .map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
          </>
        ))}
    </dl>
  );
}

function Columns({ project, place, details, columns, results, chosen }: { project: Project; place: number; details: Details[]; columns: Column[]; results?: Results; chosen?: string }) {
  const node = project.nodes[place];
  const lineage = useSection<Lineage>("lineage");
  const column = columns.find((one) => one.name.toLowerCase() === chosen?.toLowerCase())?.name;
  const byColumn = useMemo(() => {
    const found = new Map<string, number[]>();
    for (const test of project.tests[place]) {
      const name = project.nodes[test].test?.column?.toLowerCase();
      if (name) found.set(name, [...(found.get(name) ?? []), test]);
    }
    return found;
  }, [project, place]);
  const status = useMemo(() => new Map(results?.results.map((result) => [result.node, result.status])), [results]);
  const choose = (name: string | undefined) => replace("node", node.id, { tab: "columns", column: name });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key === "Escape" && column && !document.querySelector(".veil")) choose(undefined);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [column]);
  return (
    <div class="stack">
      {column && lineage && (
        <section aria-label={`Lineage of ${column}`} class="stack tight">
          <div class="spread">
            <h2>
              Lineage of <code>{column}</code>
            </h2>
            <button type="button" class="button" onClick={() => choose(undefined)}>
              Close
            </button>
          </div>
          <ColumnFlow project={project} lineage={lineage} place={place} column={column} />
        </section>
      )}
      {column && lineage === undefined && <p class="muted">This page was written without column lineage.</p>}
      <div class="card table-scroll">
        <table>
          <thead>
            <tr>
              <th>Column</th>
              <th>Type</th>
              <th>Description</th>
              <th>Tests</th>
            </tr>
          </thead>
          <tbody>
            {columns.map((one) => (
              <tr key={one.name} class={one.name === column ? "chosen" : ""}>
                <td>
                  <button type="button" class="column-name" aria-pressed={one.name === column} title="Column lineage" onClick={() => choose(one.name === column ? undefined : one.name)}>
                    {one.name}
                  </button>
                  {one.absent && <div class="muted">not in the table</div>}
                </td>
                <td class="mono muted">{one.type?.toLowerCase()}</td>
                <td>
                  {one.description ? (
                    <Inline text={one.description} />
                  ) : (
                    <Inherited project={project} from={lineage && inherited(lineage, details, place, one.name)} otherwise={one.undocumented ? "not documented" : ""} />
                  )}
                  {one.tags && (
                    <div class="row">
                      {one.tags.map((tag) => (
                        <span class="pill plain">{tag}</span>
                      ))}
                    </div>
                  )}
                </td>
                <td>
                  {(byColumn.get(one.name.toLowerCase()) ?? []).map((test) => (
                    <div key={test} class="row" style={{ flexWrap: "nowrap" }}>
                      <i class={`dot ${toneOf(status.get(test))}`} />
                      <a href={href("node", project.nodes[test].id)} title={`${testTitle(project.nodes[test])}: ${status.get(test) ?? "not run"}`}>
                        {project.nodes[test].test?.name ?? project.nodes[test].name}
                      </a>
                      <span class="visually-hidden">{status.get(test) ?? "not run"}</span>
                    </div>
                  ))}
                  {one.constraints?.map((constraint) => <div class="muted">{constraint}</div>)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** The description of the column that a column is a copy of. */
function Inherited({ project, from, otherwise }: { project: Project; from?: { place: number; column: Column }; otherwise: string }) {
  if (!from) return <span class="muted">{otherwise}</span>;
  const node = project.nodes[from.place];
  return (
    <div class="inherited">
      <Inline text={from.column.description ?? ""} />{" "}
      <span class="muted">
        as in <a href={href("node", node.id, { tab: "columns", column: from.column.name })}>{title(node)}</a>
      </span>
    </div>
  );
}

function toneOf(status: string | undefined): string {
  return status === undefined ? "idle" : status === "pass" || status === "success" ? "good" : status === "warn" ? "warn" : status === "skipped" ? "idle" : "bad";
}

function TestTable({ project, tests, results }: { project: Project; tests: number[]; results?: Results }) {
  const byNode = useMemo(() => new Map(results?.results.map((result): [number, NodeResult] => [result.node, result])), [results]);
  return (
    <table>
      <thead>
        <tr>
          <th>Test</th>
          <th>Column</th>
          <th>Last result</th>
          <th class="number">Rows found</th>
          <th class="number">Took</th>
        </tr>
      </thead>
      <tbody>
        {tests.map((test) => {
          const result = byNode.get(test);
          const node = project.nodes[test];
          return (
            <tr key={test}>
              <td>
                <a href={href("node", node.id)}>{testTitle(node)}</a>
                {node.description && <div class="muted">{node.description}</div>}
              </td>
              <td class="mono">{node.test?.column}</td>
              <td>{result ? <Status status={result.status} /> : <span class="muted">not run</span>}</td>
              <td class="number">{result?.failures?.toLocaleString("en")}</td>
              <td class="number">{result && duration(result.seconds)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function CodeTab({ project, place }: { project: Project; place: number }) {
  const [code, set] = useState<[string | null, string | null] | undefined>();
  const [view, choose] = useState<"raw" | "compiled">("raw");
  useEffect(() => {
    void project.codeOf(place).then(set);
  }, [project, place]);
  if (!code) return <p class="muted">Loading…</p>;
  const [raw, compiled] = code;
  const shown = view === "compiled" && compiled !== null ? compiled : (raw ?? compiled);
  if (shown === null) return <p class="muted">No code.</p>;
  return (
    <div class="stack tight">
      <div class="spread">
        {raw !== null && compiled !== null ? (
          <Segments label="Code" value={view} options={[["raw", "Template"], ["compiled", "Compiled"]]} choose={choose} />
        ) : (
          <span class="muted">{raw === null ? "Compiled" : "Template"}</span>
        )}
        <Copy text={shown} />
      </div>
      <Code text={shown} language={project.nodes[place].language === "python" ? "python" : "sql"} />
    </div>
  );
}

function LineageTab({ project, place, results }: { project: Project; place: number; results?: Results }) {
  const places = useMemo(() => [...project.around([place], 2, 2)].sort((a, b) => a - b), [project, place]);
  return (
    <div class="stack tight">
      <div class="spread">
        <span class="row">
          <NodeLink project={project} place={place} /> <span class="muted">two steps up and down</span>
        </span>
        <a class="button" href={href("lineage", { focus: project.nodes[place].id })}>
          Open in the lineage
        </a>
      </div>
      <div class="embed" style={{ height: "520px" }}>
        <LineageGraph project={project} places={places} focus={place} coloring="layer" arrangement="depth" results={results} />
      </div>
    </div>
  );
}
