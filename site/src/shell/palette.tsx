/** The search: a dialog with what fits while one types. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { title, type Project } from "../data/project";
import { Search, type Hit } from "../data/search";
import { Layer } from "../components/parts";
import { go } from "../router";

const LIMIT = 60;
const searches = new WeakMap<Project, Search>();

function searchOf(project: Project): Search {
  let search = searches.get(project);
  if (!search) {
    search = new Search(project);
    searches.set(project, search);
  }
  return search;
}

export function Palette({ project, close }: { project: Project; close: () => void }) {
  const search = useMemo(() => searchOf(project), [project]);
  const [query, ask] = useState("");
  const [ready, tellReady] = useState(false);
  const [code, setCode] = useState<Hit[]>([]);
  const [cursor, move] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  // Before anything is painted: whoever types on after `/` loses no letter.
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    field.current?.focus();
    return () => before?.focus?.();
  }, []);
  useEffect(() => void search.prepare().then(() => tellReady(true)), [search]);
  const named = useMemo(() => search.find(query, LIMIT), [search, query, ready]);
  useEffect(() => {
    let wanted = true;
    setCode([]);
    const timer = setTimeout(() => {
      void search.findCode(query, 20, () => wanted).then((hits) => wanted && setCode(hits));
    }, 160);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [search, query]);
  const seen = new Set(named.map((hit) => hit.place));
  const hits = [...named, ...code.filter((hit) => !seen.has(hit.place))];
  const at = Math.min(cursor, Math.max(0, hits.length - 1));
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const open = (hit: Hit) => {
    close();
    const id = project.nodes[hit.place].id;
    if (hit.where === "column") go("node", id, { tab: "columns", column: hit.column });
    else if (hit.where === "code") go("node", id, { tab: "code" });
    else go("node", id);
  };
  const pressed = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" || (event.ctrlKey && event.key === "j") ? 1 : event.key === "ArrowUp" || (event.ctrlKey && event.key === "k") ? -1 : 0;
    if (step) move(Math.max(0, Math.min(hits.length - 1, at + step)));
    else if (event.key === "Enter" && hits[at]) open(hits[at]);
    else if (event.key === "Escape") close();
    else if (event.key !== "Tab") return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="veil" onClick={(event) => event.target === event.currentTarget && close()}>
      <div class="palette" role="dialog" aria-modal="true" aria-label="Search" onKeyDown={pressed}>
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="found"
          aria-activedescendant={hits.length > 0 ? `hit-${at}` : undefined}
          aria-label="Search models, columns, descriptions, tags and SQL"
          placeholder="Search models, columns, descriptions, tags, SQL"
          autocomplete="off"
          spellcheck={false}
          value={query}
          onInput={(event) => {
            ask(event.currentTarget.value);
            move(0);
          }}
        />
        {query.trim() === "" ? (
          <p class="empty">
            Type to search. <code>kind:source</code>, <code>tag:nightly</code> and <code>column:user_id</code> narrow it.
          </p>
        ) : hits.length === 0 ? (
          <p class="empty">Nothing has “{query}” in its name, columns, tags, description or SQL.</p>
        ) : (
          <ul role="listbox" id="found" ref={list}>
            {hits.map((hit, number) => (
              <Result key={`${hit.place} ${hit.column ?? ""} ${hit.where ?? ""}`} project={project} hit={hit} number={number} chosen={number === at} query={query} open={() => open(hit)} />
            ))}
          </ul>
        )}
        <footer>
          <span>
            <kbd>↑</kbd> <kbd>↓</kbd> choose
          </span>
          <span>
            <kbd>Enter</kbd> open
          </span>
          <span>
            <kbd>Esc</kbd> close
          </span>
        </footer>
      </div>
    </div>
  );
}

interface ResultProperties {
  project: Project;
  hit: Hit;
  number: number;
  chosen: boolean;
  query: string;
  open: () => void;
}

function Result({ project, hit, number, chosen, query, open }: ResultProperties) {
  const node = project.nodes[hit.place];
  return (
    <li role="option" id={`hit-${number}`} aria-selected={chosen} onClick={open}>
      <Layer project={project} place={hit.place} />
      <span class="name">
        {hit.where === "column" ? (
          <>
            <Marked text={hit.column ?? ""} query={query} /> <span class="muted">in {title(node)}</span>
          </>
        ) : (
          <Marked text={title(node)} query={query} />
        )}
      </span>
      <span class="kind">{hit.where === "column" ? "column" : hit.where === "code" ? `${node.kind} · SQL` : node.kind.replace("_", " ")}</span>
      {(hit.text ?? node.description) && (
        <span class={`sub ${hit.where === "code" ? "mono" : ""}`}>
          <Marked text={(hit.text ?? node.description ?? "").replace(/\s+/g, " ").slice(0, 160)} query={hit.where ? query : ""} />
        </span>
      )}
    </li>
  );
}

function Marked({ text, query }: { text: string; query: string }) {
  const words = query.split(/\s+/).filter((word) => word && !/^(kind|tag):/.test(word));
  const plain = words.map((word) => word.replace(/^column:/, "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).filter(Boolean);
  if (plain.length === 0) return <>{text}</>;
  const parts = text.split(new RegExp(`(${plain.join("|")})`, "gi"));
  return <>{parts.map((part, number) => (number % 2 === 1 ? <mark>{part}</mark> : part))}</>;
}
