/** The lineage graph as an element: a canvas that answers to mouse, touch and keys, with a legend. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { title, type Project } from "../data/project";
import type { Results } from "../data/types";
import { tone } from "../components/parts";
import { go } from "../router";
import { Drawing, type Drawn } from "./canvas";
import { layerColor, layerName, layers } from "./layers";
import { layout } from "./layout";

export type Coloring = "layer" | "run";
export type Arrangement = "depth" | "layer";

export interface GraphProperties {
  project: Project;
  /** The nodes to show. */
  places: number[];
  /** The node that is lit up at first. */
  focus?: number;
  coloring: Coloring;
  arrangement: Arrangement;
  results?: Results;
  choose?: (place: number | undefined) => void;
  /** What `[` and `]` do. */
  steps?: (by: number) => void;
  children?: ComponentChildren;
}

const TONES = { good: "--good", warn: "--warn", bad: "--bad", idle: "--idle" };

/** The worst that the last runs say of each node, its tests included. */
export function statuses(project: Project, results: Results | undefined): Map<number, string> {
  const order = ["idle", "good", "warn", "bad"];
  const found = new Map<number, string>();
  const put = (place: number, status: string) => {
    const now = found.get(place);
    if (now === undefined || order.indexOf(tone(status)) > order.indexOf(tone(now))) found.set(place, status);
  };
  for (const result of results?.results ?? []) {
    const node = project.nodes[result.node];
    if (node.test) {
      for (const tested of node.test.of === undefined ? (node.parents ?? []) : [node.test.of]) put(tested, result.status);
    } else put(result.node, result.status);
  }
  for (const fresh of results?.freshness ?? []) put(fresh.node, fresh.status);
  return found;
}

function colorsOf({ project, places, coloring, results }: GraphProperties): string[] {
  if (coloring === "layer") return places.map((place) => layerColor(project, place));
  const status = statuses(project, results);
  return places.map((place) => TONES[tone(status.get(place))]);
}

function drawnOf(properties: GraphProperties): Drawn {
  const { project, places, arrangement } = properties;
  const at = new Map(places.map((place, number) => [place, number]));
  const parents = places.map((place) => project.readsFrom(place).flatMap((parent) => at.get(parent) ?? []));
  const names = layers(project).names;
  const bands = arrangement === "layer" ? places.map((place) => names.indexOf(layerName(project, place))) : undefined;
  return {
    layout: layout({ size: places.length, parents, bands }),
    parents,
    labels: places.map((place) => title(project.nodes[place])),
    colors: colorsOf(properties),
    kinds: places.map((place) => project.nodes[place].kind),
    headings: bands ? new Map(names.map((name, band) => [band, name])) : new Map(),
  };
}

export function LineageGraph(properties: GraphProperties) {
  const { project, places, focus, coloring, arrangement, results, choose, steps, children } = properties;
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawing = useRef<Drawing | undefined>(undefined);
  const [chosen, setChosen] = useState<number | undefined>();
  const [said, say] = useState("");
  const drawn = useMemo(() => drawnOf(properties), [project, places, arrangement]);
  const take = (number: number | undefined) => {
    setChosen(number);
    drawing.current?.choose(number);
    choose?.(number === undefined ? undefined : places[number]);
    if (number === undefined) say("");
    else {
      const node = project.nodes[places[number]];
      const listed = (list: number[]) => list.map((place) => title(project.nodes[place])).join(", ") || "nothing";
      say(`${title(node)}, ${node.kind}. Reads ${listed(project.readsFrom(places[number]))}. Read by ${listed(project.readBy(places[number]))}.`);
    }
  };
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const made = new Drawing(element);
    drawing.current = made;
    made.resize();
    let measured = false;
    const observer = new ResizeObserver(() => {
      made.resize();
      if (measured) made.fit();
      measured = true;
    });
    observer.observe(element);
    const themed = () => made.themeChanged();
    addEventListener("themechange", themed);
    return () => {
      observer.disconnect();
      removeEventListener("themechange", themed);
    };
  }, []);
  useEffect(() => {
    drawing.current?.show(drawn);
    drawing.current?.fit();
    const number = focus === undefined ? -1 : places.indexOf(focus);
    take(number < 0 ? undefined : number);
  }, [drawn, focus]);
  useEffect(() => {
    drawing.current?.recolor(colorsOf(properties));
  }, [coloring, results]);
  useEffect(() => listen(canvas.current, () => drawing.current, take, (number) => go("node", project.nodes[places[number]].id)), [drawn]);
  const pressed = (event: KeyboardEvent) => {
    const picture = drawing.current;
    if (!picture || event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key.startsWith("Arrow")) {
      const next = chosen === undefined ? 0 : picture.next(chosen, event.key);
      if (next !== undefined) {
        take(next);
        picture.reveal(next);
      }
    } else if (event.key === "Enter" && chosen !== undefined) go("node", project.nodes[places[chosen]].id);
    else if (event.key === "Escape") take(undefined);
    else if (event.key === "+" || event.key === "=") picture.zoom(1.25);
    else if (event.key === "-") picture.zoom(0.8);
    else if (event.key === "0") picture.fit();
    else if (event.key === "[" || event.key === "]") steps?.(event.key === "]" ? 1 : -1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="stage">
      <canvas ref={canvas} tabIndex={0} role="application" aria-label={`Lineage of ${places.length} nodes. Arrow keys follow the edges, Enter opens.`} onKeyDown={pressed} />
      <Legend project={project} places={places} coloring={coloring} />
      <p class="visually-hidden" aria-live="polite">
        {said}
      </p>
      {children}
    </div>
  );
}

/** Mouse, wheel and fingers. */
function listen(canvas: HTMLCanvasElement | null, picture: () => Drawing | undefined, take: (node: number | undefined) => void, open: (node: number) => void) {
  if (!canvas) return undefined;
  const held = new Map<number, PointerEvent>();
  let moved = 0;
  let apart = 0;
  const spot = (event: MouseEvent) => picture()?.at(event.offsetX, event.offsetY);
  const span = () => {
    const [a, b] = [...held.values()];
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  };
  const down = (event: PointerEvent) => {
    held.set(event.pointerId, event);
    moved = held.size > 1 ? 99 : 0;
    if (held.size === 2) apart = span();
    canvas.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    const before = held.get(event.pointerId);
    if (!before) {
      const node = spot(event);
      picture()?.hover(node);
      canvas.classList.toggle("pointing", node !== undefined);
      return;
    }
    held.set(event.pointerId, event);
    if (held.size === 2) {
      const now = span();
      picture()?.zoom(now / Math.max(1, apart), event.offsetX, event.offsetY);
      apart = now;
      return;
    }
    const [x, y] = [event.clientX - before.clientX, event.clientY - before.clientY];
    moved += Math.abs(x) + Math.abs(y);
    if (moved > 4) {
      canvas.classList.add("dragging");
      picture()?.pan(x, y);
    }
  };
  const up = (event: PointerEvent) => {
    held.delete(event.pointerId);
    canvas.classList.remove("dragging");
    if (moved <= 4 && event.type === "pointerup") take(spot(event));
  };
  const twice = (event: MouseEvent) => {
    const node = spot(event);
    if (node !== undefined) open(node);
  };
  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    picture()?.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), event.offsetX, event.offsetY);
  };
  const leave = () => picture()?.hover(undefined);
  const all: [string, EventListener][] = [
    ["pointerdown", down as EventListener],
    ["pointermove", move as EventListener],
    ["pointerup", up as EventListener],
    ["pointercancel", up as EventListener],
    ["dblclick", twice as EventListener],
    ["pointerleave", leave],
  ];
  for (const [name, listener] of all) canvas.addEventListener(name, listener);
  canvas.addEventListener("wheel", wheel, { passive: false });
  return () => {
    for (const [name, listener] of all) canvas.removeEventListener(name, listener);
    canvas.removeEventListener("wheel", wheel);
  };
}

function Legend({ project, places, coloring }: { project: Project; places: number[]; coloring: Coloring }) {
  const present = useMemo(() => new Set(places.map((place) => layerName(project, place))), [places]);
  const entries: [string, string][] =
    coloring === "layer"
      ? layers(project).names.filter((name) => present.has(name)).map((name) => [name, layers(project).colors.get(name) ?? ""])
      : [
          ["passed", "--good"],
          ["warned", "--warn"],
          ["failed", "--bad"],
          ["not run", "--idle"],
        ];
  return (
    <div class="legend" aria-hidden="true">
      {entries.map(([name, color]) => (
        <span key={name}>
          <i class="square" style={{ background: `var(${color})` }} />
          {name}
        </span>
      ))}
    </div>
  );
}
