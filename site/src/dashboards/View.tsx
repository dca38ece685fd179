// A page of a dashboard: its visuals at their places, and the choices of its slicers.
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { Chart } from "./Chart";
import type { Dashboard, Page, Visual } from "./data";
import { type Group, groups, ordered } from "./evaluate";
import { GroupTable, Matrix, RowsTable } from "./Figures";
import { number, text } from "./format";
import { type Choice, type Choices, type Condition, conditions, describe, matching } from "./select";
import { Slicer, toggled } from "./Slicer";
import { Tile } from "./Tile";

export interface Properties {
  dashboard: Dashboard;
  /** The name of the page to show; the first one where there is none of that name. */
  page: string | null;
  /** The address of a page of this dashboard. */
  pageLink: (page: string) => string;
  /** The address of a node's page in the documentation, if there is one. */
  link: ((id: string) => string) | null;
  /** Changes when the theme does. */
  theme: string;
}

/** The choices of each page, kept while the document is open. */
const kept = new Map<string, Choices>();

export function DashboardView({ dashboard, page: wanted, pageLink, link, theme }: Properties) {
  const page = dashboard.pages.find((candidate) => candidate.name === wanted) ?? dashboard.pages[0];
  const address = `${dashboard.id}/${page?.name ?? ""}`;
  const [, redraw] = useState(0);
  const choices = kept.get(address) ?? new Map<string, Choice>();
  const choose = useCallback(
    (slicer: string, choice: Choice | undefined) => {
      const next = new Map(kept.get(address));
      if (choice) next.set(slicer, choice);
      else next.delete(slicer);
      kept.set(address, next);
      redraw((count) => count + 1);
    },
    [address],
  );
  if (!page) return <p class="dash-problem">This dashboard has no pages.</p>;
  const tabs = dashboard.pages.length > 1;
  return (
    <div class="dash">
      <div class="dash-head">
        <div>
          <p class="dash-of">{dashboard.title}</p>
          <h1>{page.title}</h1>
        </div>
        {tabs && (
          <nav aria-label={`Pages of ${dashboard.title}`} class="dash-tabs">
            {dashboard.pages.map((other) => (
              <a key={other.name} href={pageLink(other.name)} aria-current={other === page ? "page" : undefined}>
                {other.title}
              </a>
            ))}
          </nav>
        )}
      </div>
      {dashboard.problem && (
        <div class="dash-problem" role="status">
          <strong>There are no figures.</strong> {dashboard.problem}
        </div>
      )}
      {dashboard.notes.map((note) => (
        <p class="dash-note" key={note}>{note}</p>
      ))}
      <div class="dash-canvas" style={{ "--height": String(page.height) }} key={address}>
        {page.visuals.map((visual) => (
          <div
            key={visual.id}
            class={`dash-place dash-place-${visual.type}`}
            style={{
              "--x": String(visual.place.x),
              "--y": String(visual.place.y),
              "--w": String(visual.place.width),
              "--h": String(visual.place.height),
            }}
          >
            <One {...{ dashboard, page, visual, choices, choose, pageLink, link, theme }} />
          </div>
        ))}
      </div>
    </div>
  );
}

interface OneProperties extends Omit<Properties, "page"> {
  page: Page;
  visual: Visual;
  choices: Choices;
  choose: (slicer: string, choice: Choice | undefined) => void;
}

function One(properties: OneProperties) {
  const { dashboard, visual, choices, choose, pageLink } = properties;
  if (visual.type === "slicer") {
    return (
      <Slicer
        dashboard={dashboard}
        visual={visual}
        choice={choices.get(visual.id)}
        onChoice={(choice) => choose(visual.id, choice)}
      />
    );
  }
  if (visual.type === "button") {
    return (
      <a class="dash-button" data-visual={visual.id} href={pageLink(visual.page ?? "")}>
        <strong>{visual.title}</strong>
        {visual.description && <span>{visual.description}</span>}
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M3 8h10M9 4l4 4-4 4" /></svg>
      </a>
    );
  }
  if (visual.type === "text") {
    return (
      <div class="dash-text" data-visual={visual.id}>
        {visual.title && <h2>{visual.title}</h2>}
        <p>{visual.text}</p>
      </div>
    );
  }
  return <Data {...properties} />;
}

const NONE: Condition[] = [];

/** A visual with figures. */
function Data({ dashboard, page, visual, choices, choose, link, theme }: OneProperties) {
  const own = useMemo(() => conditions(page, visual, choices), [page, visual, choices]);
  const all = useMemo(() => groups(dashboard, visual, own), [dashboard, visual, own]);
  const { shown, total } = useMemo(() => ordered(visual, all), [visual, all]);
  // Work that would hold up the next drawing is done after it.
  const [isReady, setReady] = useState(visual.type === "card");
  useEffect(() => setReady(true), []);
  const pick = useCallback(
    (field: number, code: number) => {
      const target = page.visuals.find((other) => other.slicer?.kind === "list" && other.slicer.field === field);
      if (target?.slicer) choose(target.id, toggled(dashboard, target.slicer, choices.get(target.id), code));
    },
    [dashboard, page, choices, choose],
  );
  const tile = { dashboard, page, visual, link };
  if (visual.problem) {
    return (
      <Tile {...tile}>
        <p class="dash-problem">{visual.problem}</p>
      </Tile>
    );
  }
  if (visual.type === "card") {
    const before = own.length > 0 ? groups(dashboard, visual, NONE)[0] : undefined;
    return (
      <Tile {...tile}>
        <Card visual={visual} group={all[0]} before={before} />
      </Tile>
    );
  }
  const missed = visual.unfiltered.filter(({ slicer }) => choices.has(slicer));
  const note = [
    missed.length > 0 ? `Not filtered by ${missed.map(({ slicer }) => title(page, slicer)).join(", ")}` : "",
    visual.rows || shown.length === total ? "" : `${number(shown.length, "#,##0")} of ${number(total, "#,##0")}`,
  ];
  if (visual.rows) {
    const frame = dashboard.frames[visual.rows.frame];
    const rows = frame ? matching(frame, own) : [];
    const kept = visual.limit === null ? rows : rows.slice(0, visual.limit);
    const words = [note[0], `${number(kept.length, "#,##0")} rows${own.length > 0 ? "" : ` of ${number(visual.rows.total, "#,##0")}`}`];
    return (
      <Tile {...tile} note={words.filter(Boolean).join(" · ")}>
        <div class="dash-scroll" tabIndex={0} role="region" aria-label={visual.title}>
          <RowsTable rows={visual.rows} shown={kept} />
        </div>
      </Tile>
    );
  }
  const isEmpty = shown.every((group) => group.values.every((value) => value === null || value === 0));
  const words = note.filter(Boolean).join(" · ");
  if (visual.type === "table" || visual.type === "matrix") {
    return (
      <Tile {...tile} note={words}>
        <div class="dash-scroll" tabIndex={0} role="region" aria-label={visual.title}>
          {visual.type === "table" ? (
            <GroupTable dashboard={dashboard} visual={visual} groups={shown} />
          ) : (
            <Matrix dashboard={dashboard} visual={visual} groups={shown} conditions={own} />
          )}
        </div>
      </Tile>
    );
  }
  return (
    <Tile {...tile} note={words} table={<GroupTable dashboard={dashboard} visual={visual} groups={shown} />}>
      {isEmpty && <p class="dash-empty">No rows for this choice.</p>}
      {isReady && (
        <Chart
          {...{ dashboard, visual, theme }}
          groups={shown}
          summary={summary(dashboard, page, visual, shown, choices)}
          onPick={pick}
        />
      )}
    </Tile>
  );
}

function Card({ visual, group, before }: { visual: Visual; group: Group | undefined; before: Group | undefined }) {
  return (
    <div class="dash-figures">
      {visual.values.map((value, index) => {
        const whole = before?.values[index];
        return (
          <p key={value.label} data-measure={value.label}>
            <strong>{number(group?.values[index], value.format)}</strong>
            {visual.values.length > 1 && <span>{value.label}</span>}
            {whole !== undefined && <small>{number(whole, value.format)} in all</small>}
          </p>
        );
      })}
    </div>
  );
}

function title(page: Page, slicer: string): string {
  return page.visuals.find((visual) => visual.id === slicer)?.title ?? slicer;
}

/** A sentence for those who do not see the chart. */
function summary(dashboard: Dashboard, page: Page, visual: Visual, shown: Group[], choices: Choices): string {
  const label = (field: number, code: number): string => {
    const own = dashboard.fields[field];
    return own ? text(own.values[code], own) : "";
  };
  const value = visual.values[0];
  const largest = shown.reduce<Group | undefined>(
    (best, group) => ((group.values[0] ?? -Infinity) > (best?.values[0] ?? -Infinity) ? group : best),
    undefined,
  );
  const name = largest?.codes.map((code, index) => label(visual.dimensions[index]?.field ?? -1, code)).join(", ");
  const chosen = visual.filters.flatMap((id) => {
    const slicer = page.visuals.find((other) => other.id === id);
    return slicer?.slicer && choices.has(id)
      ? [`${slicer.title}: ${describe(slicer.slicer, choices.get(id), label)}`]
      : [];
  });
  const most = largest && value ? ` ${value.label} is greatest for ${name}: ${number(largest.values[0], value.format)}.` : "";
  return `${visual.title}, ${visual.type} chart of ${shown.length} values.${most} ${chosen.join(". ")}`.trim();
}
