// Slicers: a range of dates with two handles, a few values as buttons, many values as a list that can be searched.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Dashboard, Field, Slicer as Definition, Visual } from "./data";
import { text } from "./format";
import { type Choice, offered } from "./select";

interface Properties {
  dashboard: Dashboard;
  visual: Visual;
  choice: Choice | undefined;
  onChoice: (choice: Choice | undefined) => void;
}

/** More values than this are offered in a list that opens. */
const FEW = 6;

/** Whether values stand side by side as buttons in a slicer's place, by a guess of their widths with room to spare. */
function areButtons(names: string[], { width, height }: Visual["place"]): boolean {
  if (names.length > FEW) return false;
  const needed = names.reduce((sum, name) => sum + 32 + 7 * name.length, 0);
  return needed <= 0.85 * (width - 28) * Math.max(1, Math.floor((height - 36) / 34));
}

export function Slicer(properties: Properties) {
  const { dashboard, visual, choice, onChoice } = properties;
  const { slicer } = visual;
  const field = slicer && dashboard.fields[slicer.field];
  const title = useId();
  if (!slicer || !field) return null;
  const isList = slicer.kind === "list";
  const codes = offered(dashboard, slicer);
  const values = { field, codes, choice, onChoice };
  const hasButtons = areButtons(codes.map((code) => text(field.values[code], field)), visual.place);
  const pick = (code: number): void => onChoice(toggled(dashboard, slicer, choice, code));
  return (
    <fieldset class="dash-slicer" data-visual={visual.id} aria-labelledby={title}>
      <div class="dash-slicer-head">
        <span id={title} class="dash-slicer-title">{visual.title}</span>
        {!isList && <output class="dash-slicer-value">{spanOf(field, codes, choice)}</output>}
        {isList && slicer.single && <span class="dash-once" title={slicer.single}>one at a time</span>}
        <button
          type="button"
          class="dash-clear"
          style={{ visibility: choice ? "visible" : "hidden" }}
          onClick={() => onChoice(undefined)}
          aria-label={`Clear ${visual.title}`}
        >
          Clear
        </button>
      </div>
      {!isList && <Range {...values} label={visual.title} />}
      {isList && hasButtons && <Buttons {...values} onPick={pick} />}
      {isList && !hasButtons && <List {...values} onPick={pick} isSingle={slicer.single !== null} label={visual.title} />}
    </fieldset>
  );
}

/** The first and the last position of a range. */
function ends(codes: number[], choice: Choice | undefined): { from: number; to: number } {
  return choice && "from" in choice ? choice : { from: codes[0] ?? 0, to: codes[codes.length - 1] ?? 0 };
}

function spanOf(field: Field, codes: number[], choice: Choice | undefined): string {
  if (codes.length === 0) return "no values";
  const { from, to } = ends(codes, choice);
  return `${text(field.values[from], field)} – ${text(field.values[to], field)}`;
}

interface ValuesProperties {
  field: Field;
  /** What is offered. */
  codes: number[];
  choice: Choice | undefined;
  onChoice: Properties["onChoice"];
}

function Range({ field, codes, choice, onChoice, label }: ValuesProperties & { label: string }) {
  const { from: first, to: last } = ends(codes, undefined);
  const { from, to } = ends(codes, choice);
  const choose = (start: number, end: number): void => {
    onChoice(start <= first && end >= last ? undefined : { from: start, to: end });
  };
  const handle = (end: "first" | "last", value: number) => (
    <input
      type="range"
      class={`dash-handle dash-${end}`}
      min={first}
      max={last}
      step={1}
      value={value}
      aria-label={`${label}: ${end}`}
      aria-valuetext={text(field.values[value], field)}
      onInput={(event) => {
        const chosen = Number(event.currentTarget.value);
        const kept = end === "first" ? Math.min(chosen, to) : Math.max(chosen, from);
        // The handles do not pass each other.
        event.currentTarget.value = String(kept);
        choose(end === "first" ? kept : from, end === "first" ? to : kept);
      }}
    />
  );
  const share = (value: number): string => `${(100 * (value - first)) / Math.max(1, last - first)}%`;
  return (
    <div class="dash-range" style={{ "--from": share(from), "--to": last === first ? "100%" : share(to) }}>
      <div class="dash-track" />
      {handle("first", from)}
      {handle("last", to)}
    </div>
  );
}

/** The choice after a value was clicked. */
export function toggled(dashboard: Dashboard, slicer: Definition, choice: Choice | undefined, code: number): Choice | undefined {
  const chosen = choice && "only" in choice ? choice.only : new Set<number>();
  if (slicer.single) return chosen.has(code) ? undefined : { only: new Set([code]) };
  const next = new Set(chosen);
  if (!next.delete(code)) next.add(code);
  // All values of the slicer's model are a choice still where other models have more.
  const isAll = next.size === dashboard.fields[slicer.field]?.values.length;
  return next.size === 0 || isAll ? undefined : { only: next };
}

interface PickProperties extends ValuesProperties {
  onPick: (code: number) => void;
}

function Buttons({ field, codes, choice, onPick }: PickProperties) {
  const chosen = choice && "only" in choice ? choice.only : new Set<number>();
  return (
    <div class="dash-chips">
      {codes.map((code) => (
        <button key={code} type="button" class="dash-chip" aria-pressed={chosen.has(code)} onClick={() => onPick(code)}>
          {text(field.values[code], field)}
        </button>
      ))}
    </div>
  );
}

function List({ field, codes, choice, onPick, isSingle, label }: PickProperties & { isSingle: boolean; label: string }) {
  const [isOpen, setOpen] = useState(false);
  const [words, setWords] = useState("");
  const holder = useRef<HTMLDivElement>(null);
  const list = useId();
  const chosen = choice && "only" in choice ? choice.only : new Set<number>();
  useEffect(() => {
    if (!isOpen) return;
    const away = (event: Event): void => {
      if (!holder.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [isOpen]);
  const name = (code: number): string => text(field.values[code], field);
  const found = codes.filter((code) => name(code).toLowerCase().includes(words.toLowerCase()));
  // What is chosen stands first, so that it can be seen and taken back.
  found.sort((a, b) => Number(chosen.has(b)) - Number(chosen.has(a)) || a - b);
  const shown = found.slice(0, 300);
  const summary = chosen.size === 0 ? `All ${codes.length}` : [...chosen].map(name).join(", ");
  return (
    <div
      class="dash-list"
      ref={holder}
      onKeyDown={(event) => {
        if (event.key === "Escape") setOpen(false);
      }}
    >
      <button
        type="button"
        class="dash-list-button"
        aria-expanded={isOpen}
        aria-controls={list}
        aria-label={`${label}: ${summary}`}
        onClick={() => setOpen(!isOpen)}
      >
        <span>{summary}</span>
        <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><path d="M2 4l4 4 4-4" /></svg>
      </button>
      {isOpen && (
        <div class="dash-list-panel" id={list}>
          <input
            type="search"
            placeholder="Search"
            aria-label={`Search ${label}`}
            value={words}
            ref={(input) => input?.focus()}
            onInput={(event) => setWords(event.currentTarget.value)}
          />
          <ul>
            {shown.map((code) => (
              <li key={code}>
                <label>
                  <input
                    type={isSingle ? "radio" : "checkbox"}
                    checked={chosen.has(code)}
                    onChange={() => onPick(code)}
                  />
                  <span>{name(code)}</span>
                </label>
              </li>
            ))}
          </ul>
          {found.length > shown.length && <p>{found.length - shown.length} more: search to find them.</p>}
          {found.length === 0 && <p>Nothing is called so.</p>}
        </div>
      )}
    </div>
  );
}
