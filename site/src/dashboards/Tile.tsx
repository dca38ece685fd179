// The frame around a visual: title, where its figures come from, and the same figures as a table.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Dashboard, Page, Visual } from "./data";
import { ago } from "./format";
import { Origin } from "./Origin";

interface Properties {
  dashboard: Dashboard;
  page: Page;
  visual: Visual;
  link: ((id: string) => string) | null;
  /** The figures as a table, where the visual is something else. */
  table?: ComponentChildren;
  children: ComponentChildren;
  note?: string;
}

export function Tile({ dashboard, page, visual, link, table, children, note }: Properties) {
  const [isOpen, setOpen] = useState(false);
  const [isTable, setTable] = useState(false);
  const holder = useRef<HTMLElement>(null);
  const title = useId();
  const panel = useId();
  useEffect(() => {
    if (!isOpen) return;
    const away = (event: Event): void => {
      if (!holder.current?.contains(event.target as Node)) setOpen(false);
    };
    const escape = (event: KeyboardEvent): void => {
      if (event.key === "Escape") setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("keydown", escape);
    };
  }, [isOpen]);
  const model = visual.model === null ? undefined : dashboard.models[visual.model];
  return (
    <section class={`dash-tile dash-${visual.type}`} data-visual={visual.id} aria-labelledby={title} ref={holder}>
      <header>
        <h3 id={title}>{visual.title}</h3>
        <div class="dash-tools">
          {table !== undefined && (
            <button
              type="button"
              class="dash-tool"
              aria-pressed={isTable}
              aria-label={`${visual.title} as a table`}
              title="As a table"
              onClick={() => setTable(!isTable)}
            >
              <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M2 3.5h12v9H2zM2 6.5h12M2 9.5h12M6.5 3.5v9" /></svg>
            </button>
          )}
          {model && (
            <button
              type="button"
              class="dash-tool"
              aria-expanded={isOpen}
              aria-controls={panel}
              aria-label={`Where the figures of ${visual.title} come from`}
              title="Where it comes from"
              onClick={() => setOpen(!isOpen)}
            >
              <svg viewBox="0 0 16 16" aria-hidden="true">
                <path d="M4 5.5v5M12 5.5v1.2c0 1-.8 1.8-1.8 1.8H6" /><circle cx="4" cy="3.8" r="1.7" /><circle cx="4" cy="12.2" r="1.7" /><circle cx="12" cy="3.8" r="1.7" />
              </svg>
            </button>
          )}
        </div>
      </header>
      <div class="dash-body">{isTable ? <div class="dash-scroll">{table}</div> : children}</div>
      {(note || (model && visual.type !== "card")) && (
        <footer>
          <span>{note}</span>
          {model && (
            <span>
              {model.name}
              {model.built_at ? `, built ${ago(model.built_at, Date.now())}` : ""}
            </span>
          )}
        </footer>
      )}
      {isOpen && (
        <div class="dash-panel" id={panel} role="region" aria-label={`Where the figures of ${visual.title} come from`}>
          <Origin dashboard={dashboard} page={page} visual={visual} link={link} />
        </div>
      )}
    </section>
  );
}
