/** The lineage of the whole project, or of what is around a node. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { NodeLink, Segments, Status, count } from "../components/parts";
import { title, type Project } from "../data/project";
import { useSection } from "../data/sections";
import type { Results } from "../data/types";
import { LineageGraph, statuses, type Arrangement, type Coloring } from "../lineage/graph";
import { href, replace } from "../router";

/** How many steps stand for all. */
const ALL = 99;

export function LineagePage({ project, query }: { project: Project; query: Record<string, string> }) {
  const results = useSection<Results>("results");
  const focus = query.focus === undefined ? undefined : project.place(query.focus);
  const up = Number(query.up ?? 2);
  const down = Number(query.down ?? 2);
  const coloring: Coloring = query.color === "run" ? "run" : "layer";
  const arrangement: Arrangement = query.by === "depth" ? "depth" : "layer";
  const [chosen, choose] = useState<number | undefined>(focus);
  useEffect(() => choose(focus), [focus]);
  const places = useMemo(() => {
    const all = project.nodes.flatMap((node, place) => (project.inGraph(place) && node.kind !== "analysis" ? [place] : []));
    if (focus === undefined) return all;
    return [...project.around([focus], up, down)].sort((a, b) => a - b);
  }, [project, focus, up, down]);
  const set = (changed: Record<string, string | number | undefined>) => replace("lineage", { ...query, ...changed });
  return (
    <div class="full">
      <div class="toolbar">
        {focus === undefined ? (
          <strong>{count(places.length, "node")}</strong>
        ) : (
          <span class="row">
            <strong>{title(project.nodes[focus])}</strong>
            <a class="button" href={href("lineage", { color: query.color, by: query.by })}>
              Show all
            </a>
          </span>
        )}
        {focus !== undefined && (
          <>
            <Steps label="Up" value={up} change={(value) => set({ up: value })} />
            <Steps label="Down" value={down} change={(value) => set({ down: value })} />
            <span class="muted">{count(places.length, "node")}</span>
          </>
        )}
        <span style={{ flex: 1 }} />
        <label>
          Columns <Segments label="Columns" value={arrangement} options={[["layer", "Layers"], ["depth", "Depth"]]} choose={(value) => set({ by: value })} />
        </label>
        <label>
          Color <Segments label="Color" value={coloring} options={[["layer", "Layer"], ["run", "Last run"]]} choose={(value) => set({ color: value })} />
        </label>
      </div>
      <LineageGraph
        project={project}
        places={places}
        focus={focus}
        coloring={coloring}
        arrangement={arrangement}
        results={results}
        choose={choose}
        steps={(by) => focus !== undefined && set({ up: Math.max(0, up + by), down: Math.max(0, down + by) })}
      >
        {chosen !== undefined && <Chosen project={project} place={chosen} results={results} isFocus={chosen === focus} query={query} />}
      </LineageGraph>
    </div>
  );
}

function Steps({ label, value, change }: { label: string; value: number; change: (value: number) => void }) {
  return (
    <label>
      {label}
      <span class="segments">
        <button type="button" aria-label={`${label}: one step less`} onClick={() => change(Math.max(0, (value >= ALL ? 4 : value) - 1))}>
          −
        </button>
        <button type="button" disabled style={{ minWidth: "40px", color: "var(--ink)" }}>
          {value >= ALL ? "all" : value}
        </button>
        <button type="button" aria-label={`${label}: one step more`} onClick={() => change(value + 1)}>
          +
        </button>
        <button type="button" aria-pressed={value >= ALL} onClick={() => change(ALL)}>
          all
        </button>
      </span>
    </label>
  );
}

function Chosen({ project, place, results, isFocus, query }: { project: Project; place: number; results?: Results; isFocus: boolean; query: Record<string, string> }) {
  const node = project.nodes[place];
  const status = useMemo(() => statuses(project, results).get(place), [results, place]);
  const [reads, readers] = [project.readsFrom(place), project.readBy(place)];
  return (
    <section class="panel" aria-label={title(node)}>
      <div class="row" style={{ fontWeight: 600, marginBottom: "6px" }}>
        <NodeLink project={project} place={place} />
      </div>
      <div class="row">
        <span class="pill">{node.kind.replace("_", " ")}</span>
        {node.materialized && <span class="pill">{node.materialized}</span>}
        {status && <Status status={status} />}
      </div>
      {node.description && <p style={{ margin: "10px 0", color: "var(--ink-2)" }}>{node.description.length > 220 ? `${node.description.slice(0, 220)}…` : node.description}</p>}
      <p class="muted" style={{ margin: "10px 0" }}>
        Reads {count(reads.length, "node")}, read by {count(readers.length, "node")}, {count(project.tests[place].length, "test")}
      </p>
      <div class="row">
        <a class="button" href={href("node", node.id)}>
          Open
        </a>
        {!isFocus && (
          <a class="button" href={href("lineage", { ...query, focus: node.id, up: query.up, down: query.down })}>
            Focus
          </a>
        )}
      </div>
    </section>
  );
}
