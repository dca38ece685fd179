/** Small parts that all pages use. */
import type { ComponentChildren } from "preact";
import { layerColor } from "../lineage/layers";
import { title, type Project } from "../data/project";
import { href } from "../router";

/** `good`, `warn`, `bad` or `idle`: how a status is colored. */
export function tone(status: string | undefined): "good" | "warn" | "bad" | "idle" {
  switch (status) {
    case "success":
    case "pass":
      return "good";
    case "warn":
    case "partial success":
      return "warn";
    case "error":
    case "fail":
    case "runtime error":
      return "bad";
    default:
      return "idle";
  }
}

export function Status({ status }: { status: string }) {
  return (
    <span class={`pill ${tone(status)}`}>
      <i class={`dot ${tone(status)}`} aria-hidden="true" />
      {status}
    </span>
  );
}

/** The colored square of a node's layer. */
export function Layer({ project, place }: { project: Project; place: number }) {
  return <i class="square" style={{ background: `var(${layerColor(project, place)})` }} aria-hidden="true" />;
}

/** A link to a node with its layer's color. */
export function NodeLink({ project, place, children }: { project: Project; place: number; children?: ComponentChildren }) {
  const node = project.nodes[place];
  return (
    <>
      <Layer project={project} place={place} />
      <a href={href("node", node.id)} title={node.id}>
        {title(node)}
      </a>
      {children}
    </>
  );
}

export function NodeList({ project, places, limit = 200 }: { project: Project; places: number[]; limit?: number }) {
  if (places.length === 0) return <p class="muted">None</p>;
  return (
    <ul class="link-list">
      {places.slice(0, limit).map((place) => (
        <li key={place}>
          <NodeLink project={project} place={place} />
        </li>
      ))}
      {places.length > limit && <li class="muted">and {places.length - limit} more</li>}
    </ul>
  );
}

export function Card({ heading, aside, children, flush }: { heading: string; aside?: ComponentChildren; children: ComponentChildren; flush?: boolean }) {
  return (
    <section class="card">
      <header>
        <h2>{heading}</h2>
        {aside}
      </header>
      {flush ? children : <div class="body">{children}</div>}
    </section>
  );
}

/** One of a few, as buttons side by side. */
export function Segments<T extends string>({ label, value, options, choose }: { label: string; value: T; options: [T, string][]; choose: (value: T) => void }) {
  return (
    <div class="segments" role="group" aria-label={label}>
      {options.map(([option, shown]) => (
        <button key={option} type="button" aria-pressed={option === value} onClick={() => choose(option)}>
          {shown}
        </button>
      ))}
    </div>
  );
}

/** `1 model`, `2 models`. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString("en")} ${amount === 1 ? one : many}`;
}

/** `0.42 s`, `3 min 5 s`. */
export function duration(seconds: number): string {
  if (seconds < 0.0995) return `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/** `27 Nov 2026, 04:24 UTC`. */
export function moment(text: string | undefined): string {
  const date = text ? new Date(text) : undefined;
  if (!date || Number.isNaN(date.getTime())) return text ?? "";
  const shown = date.toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
  return `${shown} UTC`;
}
