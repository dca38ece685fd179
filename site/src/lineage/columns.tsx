/** Where a column comes from and where it goes, table by table: boxes with the columns that take part. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Layer, NodeLink } from "../components/parts";
import { title, type Project } from "../data/project";
import type { Column, Details, Lineage } from "../data/types";
import { href } from "../router";
import { layout } from "./layout";

interface Edge {
  from: [number, string];
  to: [number, string];
  use: string;
}

interface Flow {
  edges: Edge[];
  /** Columns that take part, by node. */
  columns: Map<number, Set<string>>;
  unknown: string[];
}

/** Columns that the whole is limited to, so that a key that goes everywhere still gives a picture. */
const LIMIT = 400;
const WIDTH = 220;
const HEAD = 30;
const LINE = 24;

const key = (place: number, column: string) => `${place} ${column.toLowerCase()}`;

/** All that a column comes from, and all that comes from it. */
export function trace(lineage: Lineage, place: number, column: string): Flow {
  const readers = readersOf(lineage);
  const flow: Flow = { edges: [], columns: new Map(), unknown: [] };
  const put = (at: number, name: string) => {
    const names = flow.columns.get(at) ?? new Set<string>();
    flow.columns.set(at, names.add(name.toLowerCase()));
  };
  put(place, column);
  const walk = (next: (at: number, name: string) => Edge[], end: (edge: Edge) => [number, string]) => {
    const seen = new Set([key(place, column)]);
    const stack: [number, string][] = [[place, column]];
    while (stack.length > 0 && seen.size < LIMIT) {
      const [at, name] = stack.shift() as [number, string];
      for (const edge of next(at, name)) {
        flow.edges.push(edge);
        const [other, otherName] = end(edge);
        put(other, otherName);
        if (seen.has(key(other, otherName))) continue;
        seen.add(key(other, otherName));
        stack.push([other, otherName]);
      }
    }
  };
  const origin = (at: number, name: string) => {
    const columns = lineage[at]?.columns ?? {};
    const found = Object.keys(columns).find((one) => one.toLowerCase() === name.toLowerCase());
    return found === undefined ? undefined : columns[found];
  };
  walk(
    (at, name) => {
      const known = origin(at, name);
      if (known?.unknown) flow.unknown.push(known.unknown);
      return (known?.from ?? []).map(([from, column, use]) => ({ from: [from, column], to: [at, name], use }));
    },
    (edge) => edge.from,
  );
  walk(
    (at, name) => (readers.get(key(at, name)) ?? []).map((edge) => ({ ...edge, from: [at, name] })),
    (edge) => edge.to,
  );
  return flow;
}

const known = new WeakMap<Lineage, Map<string, Edge[]>>();

function readersOf(lineage: Lineage): Map<string, Edge[]> {
  let readers = known.get(lineage);
  if (readers) return readers;
  readers = new Map();
  for (const [at, node] of Object.entries(lineage)) {
    for (const [name, origin] of Object.entries(node.columns)) {
      for (const [from, column, use] of origin.from) {
        const edge: Edge = { from: [from, column], to: [Number(at), name], use };
        const list = readers.get(key(from, column));
        if (list) list.push(edge);
        else readers.set(key(from, column), [edge]);
      }
    }
  }
  known.set(lineage, readers);
  return readers;
}

/** The nearest column with a description that a column is a copy of, through any number of copies. */
export function inherited(lineage: Lineage, details: Details[], place: number, column: string): { place: number; column: Column } | undefined {
  const seen = new Set<string>();
  let at: [number, string] = [place, column];
  while (!seen.has(key(...at))) {
    seen.add(key(...at));
    const columns = Object.entries(lineage[at[0]]?.columns ?? {}).filter(([name]) => name.toLowerCase() === at[1].toLowerCase());
    const origin = columns.length === 1 ? columns[0][1] : undefined;
    if (!origin || origin.unknown || origin.from.length !== 1 || origin.from[0][2] !== "copy") return undefined;
    at = [origin.from[0][0], origin.from[0][1]];
    const found = details[at[0]]?.columns?.find((one) => one.name.toLowerCase() === at[1].toLowerCase());
    if (found?.description) return { place: at[0], column: found };
  }
  return undefined;
}

const USES: Record<string, string> = { filter: "filtered", join: "joined", group: "grouped", order: "sorted" };

/** The nodes whose rows a column decides, each with how. */
function usesOf(lineage: Lineage, place: number, column: string): Map<number, Set<string>> {
  const found = new Map<number, Set<string>>();
  for (const [at, node] of Object.entries(lineage)) {
    for (const [from, name, use] of node.used) {
      if (from !== place || name.toLowerCase() !== column.toLowerCase()) continue;
      found.set(Number(at), (found.get(Number(at)) ?? new Set()).add(use));
    }
  }
  return found;
}

export function ColumnFlow({ project, lineage, place, column }: { project: Project; lineage: Lineage; place: number; column: string }) {
  const box = useRef<HTMLDivElement>(null);
  const flow = useMemo(() => trace(lineage, place, column), [lineage, place, column]);
  const placed = useMemo(() => arrange(flow), [flow]);
  const uses = useMemo(() => usesOf(lineage, place, column), [lineage, place, column]);
  useEffect(() => {
    const spot = placed.spots.get(place);
    if (spot && box.current) box.current.scrollTo(spot.x - box.current.clientWidth / 2 + WIDTH / 2, spot.y - 60);
  }, [placed, place]);
  const end = ([at, name]: [number, string], side: "left" | "right") => {
    const spot = placed.spots.get(at);
    if (!spot) return { x: 0, y: 0 };
    const row = spot.columns.indexOf(name.toLowerCase());
    return { x: spot.x + (side === "right" ? WIDTH : 0), y: spot.y + HEAD + row * LINE + LINE / 2 };
  };
  return (
    <>
      <div class="flow" ref={box}>
        <div style={{ width: `${placed.width}px`, height: `${placed.height}px`, position: "relative" }}>
          <svg width={placed.width} height={placed.height} aria-hidden="true">
            {flow.edges.map((edge) => {
              const [a, b] = [end(edge.from, "right"), end(edge.to, "left")];
              const reach = Math.max(24, (b.x - a.x) / 2);
              return (
                <path
                  d={`M${a.x} ${a.y}C${a.x + reach} ${a.y} ${b.x - reach} ${b.y} ${b.x} ${b.y}`}
                  fill="none"
                  stroke={edge.use === "copy" ? "var(--ink-3)" : "var(--accent)"}
                  stroke-width="1.600"
                  stroke-dasharray={edge.use === "aggregate" ? "2 4" : edge.use === "transform" ? "7 4" : undefined}
                />
              );
            })}
          </svg>
          {[...placed.spots].map(([at, spot]) => (
            <div key={at} class="box" style={{ left: `${spot.x}px`, top: `${spot.y}px` }}>
              <a href={href("node", project.nodes[at].id, { tab: "columns" })} title={project.nodes[at].id}>
                <Layer project={project} place={at} />
                {title(project.nodes[at])}
              </a>
              {spot.columns.map((name) => (
                <button
                  key={name}
                  type="button"
                  class={at === place && name === column.toLowerCase() ? "chosen" : ""}
                  title={name}
                  onClick={() => {
                    location.hash = href("node", project.nodes[at].id, { tab: "columns", column: name });
                  }}
                >
                  {name}
                </button>
              ))}
            </div>
          ))}
        </div>
      </div>
      <p class="muted">
        {flow.edges.length === 0 ? "Nothing is known to go in or out of this column. " : "Solid: copied. Dashed: computed. Dotted: aggregated. "}
        {flow.unknown.length > 0 && `Not traced: ${[...new Set(flow.unknown)].join("; ")}.`}
      </p>
      {uses.size > 0 && (
        <p class="row" aria-label="Uses beside the value">
          <span class="muted">Without being shown, it decides the rows of</span>
          {[...uses].map(([node, how]) => (
            <span key={node} class="row">
              <NodeLink project={project} place={node} />
              <span class="muted">{[...how].map((use) => USES[use] ?? use).join(", ")}</span>
            </span>
          ))}
        </p>
      )}
    </>
  );
}

interface Spot {
  x: number;
  y: number;
  columns: string[];
}

/** Boxes in columns, each below the one before. */
function arrange(flow: Flow): { spots: Map<number, Spot>; width: number; height: number } {
  const nodes = [...flow.columns.keys()];
  const at = new Map(nodes.map((node, number) => [node, number]));
  const parents = nodes.map((node) => [...new Set(flow.edges.filter((edge) => edge.to[0] === node).map((edge) => at.get(edge.from[0]) ?? 0))]);
  const made = layout({ size: nodes.length, parents });
  const columns = new Map<number, number[]>();
  nodes.forEach((_, number) => columns.set(made.x[number], [...(columns.get(made.x[number]) ?? []), number]));
  const spots = new Map<number, Spot>();
  const lefts = [...columns.keys()].sort((a, b) => a - b);
  const height = (number: number) => HEAD + (flow.columns.get(nodes[number])?.size ?? 0) * LINE + 2;
  const total = (list: number[]) => list.reduce((sum, number) => sum + height(number) + 18, -18);
  const tallest = Math.max(...lefts.map((left) => total(columns.get(left) ?? [])));
  lefts.forEach((left, column) => {
    const list = (columns.get(left) ?? []).sort((a, b) => made.y[a] - made.y[b]);
    let y = 20 + (tallest - total(list)) / 2;
    for (const number of list) {
      spots.set(nodes[number], { x: 20 + column * (WIDTH + 90), y, columns: [...(flow.columns.get(nodes[number]) ?? [])].sort() });
      y += height(number) + 18;
    }
  });
  return { spots, width: lefts.length * (WIDTH + 90) - 90 + 40, height: tallest + 40 };
}
