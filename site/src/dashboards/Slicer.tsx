// Slicers: a range of dates with two handles, a few values as buttons, many values as a list that can be searched.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Dashboard, Field, Slicer as Definition, Visual } from "./data";
import { text } from "./format";
import type { Choice } from "./select";

interface Properties {
  dashboard: Dashboard;
  visual: Visual;
  choice: Choice | undefined;
  onChoice: (choice: Choice | undefined) => void;
}

/** More values than this are offered in a list that opens. */
const FEW = 6;

export function Slicer(properties: Properties) {
  const { dashboard, visual, choice, onChoice } = properties;
  const { slicer } = visual;
  const field = slicer && dashboard.fields[slicer.field];
  const title = useId();
  if (!slicer || !field) return null;
  const isList = slicer.kind === "list";
  return (
    <fieldset class="dash-slicer" data-visual={visual.id} aria-labelledby={title}>
      <div class="dash-slicer-head">
        <span id={title} class="dash-slicer-title">{visual.title}</span>
        {!isList && <output class="dash-slicer-value">{spanOf(field, choice)}</output>}
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
      {!isList && <Range field={field} choice={choice} onChoice={onChoice} label={visual.title} />}
      {isList && field.values.length <= FEW && <Buttons {...{ field, slicer, choice, onChoice }} />}
      {isList && field.values.length > FEW && <List {...{ field, slicer, choice, onChoice }} label={visual.title} />}
    </fieldset>
  );
}

function spanOf(field: Field, choice: Choice | undefined): string {
  const last = field.values.length - 1;
  if (last < 0) return "no values";
  const { from, to } = choice && "from" in choice ? choice : { from: 0, to: last };
  return `${text(field.values[from], field)} – ${text(field.values[to], field)}`;
}

interface RangeProperties {
  field: Field;
  choice: Choice | undefined;
  onChoice: Properties["onChoice"];
  label: string;
}

function Range({ field, choice, onChoice, label }: RangeProperties) {
  const last = Math.max(0, field.values.length - 1);
  const { from, to } = choice && "from" in choice ? choice : { from: 0, to: last };
  const choose = (start: number, end: number): void => {
    onChoice(start <= 0 && end >= last ? undefined : { from: start, to: end });
  };
  const handle = (end: "first" | "last", value: number) => (
    <input
      type="range"
      class={`dash-handle dash-${end}`}
      min={0}
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
  const share = (value: number): string => `${last === 0 ? 0 : (100 * value) / last}%`;
  return (
    <div class="dash-range" style={{ "--from": share(from), "--to": last === 0 ? "100%" : share(to) }}>
      <div class="dash-track" />
      {handle("first", from)}
      {handle("last", to)}
    </div>
  );
}

interface ValuesProperties {
  field: Field;
  slicer: Definition;
  choice: Choice | undefined;
  onChoice: Properties["onChoice"];
}

/** The choice after a value was clicked. */
export function toggled(slicer: Definition, field: Field, choice: Choice | undefined, code: number): Choice | undefined {
  const chosen = choice && "only" in choice ? choice.only : new Set<number>();
  if (slicer.single) return chosen.has(code) ? undefined : { only: new Set([code]) };
  const next = new Set(chosen);
  if (!next.delete(code)) next.add(code);
  return next.size === 0 || next.size === field.values.length ? undefined : { only: next };
}

function Buttons({ field, slicer, choice, onChoice }: ValuesProperties) {
  const chosen = choice && "only" in choice ? choice.only : new Set<number>();
  return (
    <div class="dash-chips">
      {field.values.map((value, code) => (
        <button
          key={code}
          type="button"
          class="dash-chip"
          aria-pressed={chosen.has(code)}
          onClick={() => onChoice(toggled(slicer, field, choice, code))}
        >
          {text(value, field)}
        </button>
      ))}
    </div>
  );
}

function List({ field, slicer, choice, onChoice, label }: ValuesProperties & { label: string }) {
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
  const names = field.values.map((value) => text(value, field));
  const found = names.flatMap((name, code) => (name.toLowerCase().includes(words.toLowerCase()) ? [code] : []));
  // What is chosen stands first, so that it can be seen and taken back.
  found.sort((a, b) => Number(chosen.has(b)) - Number(chosen.has(a)) || a - b);
  const shown = found.slice(0, 300);
  const summary = chosen.size === 0 ? `All ${names.length}` : [...chosen].map((code) => names[code]).join(", ");
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
                    type={slicer.single ? "radio" : "checkbox"}
                    checked={chosen.has(code)}
                    onChange={() => onChoice(toggled(slicer, field, choice, code))}
                  />
                  <span>{names[code]}</span>
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
