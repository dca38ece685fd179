/** The tree on the left: by folder, by database, or by kind. Only the rows in sight are elements. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { title, type Project } from "../data/project";
import { layerColor } from "../lineage/layers";
import { go } from "../router";

const HEIGHT = 27;

interface Branch {
  key: string;
  label: string;
  branches: Map<string, Branch>;
  leaves: number[];
  count: number;
}

interface Row {
  key: string;
  label: string;
  depth: number;
  branch?: Branch;
  place?: number;
}

type View = "project" | "database" | "kind";

const KIND_NAMES: Record<string, string> = {
  model: "Models",
  seed: "Seeds",
  snapshot: "Snapshots",
  source: "Sources",
  exposure: "Exposures",
  metric: "Metrics",
  semantic_model: "Semantic models",
  saved_query: "Saved queries",
  analysis: "Analyses",
  function: "Functions",
  macro: "Macros",
  test: "Tests",
  unit_test: "Unit tests",
};

function branch(key: string, label: string): Branch {
  return { key, label, branches: new Map(), leaves: [], count: 0 };
}

/** The folders that lead to a node in a view; none where the view does not show it. */
function way(project: Project, place: number, view: View): string[] | undefined {
  const node = project.nodes[place];
  const kind = KIND_NAMES[node.kind] ?? node.kind;
  if (view === "kind") {
    const groups = node.kind === "macro" ? [node.package] : node.kind === "source" ? [node.source?.name ?? ""] : [];
    return [kind, ...groups];
  }
  if (node.hidden) return undefined;
  if (view === "database") {
    if (!["model", "seed", "snapshot", "source"].includes(node.kind) || node.materialized === "ephemeral") return undefined;
    return [node.database ?? "", node.schema ?? ""].filter(Boolean);
  }
  if (node.kind === "test" || node.kind === "unit_test") return undefined;
  // The root project's own folders stand at the top, packages below their names.
  const top = node.package === project.facts.name ? [] : [node.package];
  if (node.kind === "model") return [...top, "models", ...(node.folders ?? [])];
  if (node.kind === "source") return [...top, "sources", node.source?.name ?? ""];
  return [...top, kind.toLowerCase()];
}

const ORDER = ["sources", "seeds", "models", "snapshots", "exposures", "metrics", "semantic models", "saved queries", "functions", "analyses", "macros"];

function grow(project: Project, view: View): Branch {
  const root = branch("", "");
  project.nodes.forEach((_, place) => {
    const names = way(project, place, view);
    if (!names) return;
    let at = root;
    root.count++;
    for (const name of names) {
      let next = at.branches.get(name);
      if (!next) {
        next = branch(`${at.key}/${name}`, name);
        at.branches.set(name, next);
      }
      next.count++;
      at = next;
    }
    at.leaves.push(place);
  });
  return root;
}

function flatten(project: Project, at: Branch, open: ReadonlySet<string>, depth = 0, rows: Row[] = []): Row[] {
  const rank = (label: string) => {
    const place = ORDER.indexOf(label.toLowerCase());
    return depth === 0 && place >= 0 ? place : ORDER.length;
  };
  const branches = [...at.branches.values()].sort((a, b) => rank(a.label) - rank(b.label) || a.label.localeCompare(b.label));
  for (const one of branches) {
    rows.push({ key: one.key, label: one.label, depth, branch: one });
    if (open.has(one.key)) flatten(project, one, open, depth + 1, rows);
  }
  const shown = (place: number) => (project.nodes[place].kind === "source" ? project.nodes[place].name : title(project.nodes[place]));
  const leaves = at.leaves.map((place) => ({ key: project.nodes[place].id, label: shown(place), depth, place }));
  rows.push(...leaves.sort((a, b) => a.label.localeCompare(b.label)));
  return rows;
}

/** What is open at first: the folders of a small project, the top of a large one. */
function openAtFirst(root: Branch): Set<string> {
  const open = new Set<string>();
  for (const top of root.branches.values()) {
    if (["sources", "models"].includes(top.label) || root.branches.size === 1) {
      open.add(top.key);
      if (root.count < 150) for (const next of top.branches.values()) open.add(next.key);
    }
  }
  return open;
}

export function Tree({ project, current }: { project: Project; current?: string }) {
  const [view, choose] = useState<View>("project");
  const roots = useRef(new Map<View, { root: Branch; open: Set<string> }>());
  let held = roots.current.get(view);
  if (!held) {
    const root = grow(project, view);
    held = { root, open: openAtFirst(root) };
    roots.current.set(view, held);
  }
  const { root, open } = held;
  const [version, redraw] = useState(0);
  const [top, scroll] = useState(0);
  const [height, measure] = useState(600);
  const [cursor, point] = useState(-1);
  const box = useRef<HTMLDivElement>(null);
  useMemo(() => {
    // Opens what leads to the node that is shown.
    const place = current === undefined ? undefined : project.place(current);
    const names = place === undefined ? undefined : way(project, place, view);
    let key = "";
    for (const name of names ?? []) {
      key += `/${name}`;
      open.add(key);
    }
  }, [current, view]);
  const rows = useMemo(() => flatten(project, root, open), [root, version, current]);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => measure(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const reveal = (row: number) => {
    const element = box.current;
    if (!element || row < 0) return;
    if (row * HEIGHT < element.scrollTop) element.scrollTop = row * HEIGHT - HEIGHT;
    else if ((row + 1) * HEIGHT > element.scrollTop + element.clientHeight) element.scrollTop = (row + 2) * HEIGHT - element.clientHeight;
  };
  useEffect(() => {
    const row = rows.findIndex((one) => one.place !== undefined && one.key === current);
    if (row >= 0) {
      point(row);
      reveal(row);
    }
  }, [current, view]);
  const act = (row: Row) => {
    if (row.place !== undefined) go("node", project.nodes[row.place].id);
    else {
      if (open.has(row.key)) open.delete(row.key);
      else open.add(row.key);
      redraw(version + 1);
    }
  };
  const step = (by: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, cursor + by));
    point(next);
    reveal(next);
    box.current?.focus({ preventScroll: true });
  };
  const stepping = useRef(step);
  stepping.current = step;
  useEffect(() => {
    const moved = (event: Event) => stepping.current((event as CustomEvent<number>).detail);
    box.current?.addEventListener("move", moved);
    return () => box.current?.removeEventListener("move", moved);
  }, []);
  const pressed = (event: KeyboardEvent) => {
    const row = rows[cursor];
    if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else if (event.key === "Enter" && row) act(row);
    else if (event.key === "ArrowRight" && row?.branch && !open.has(row.key)) act(row);
    else if (event.key === "ArrowLeft" && row?.branch && open.has(row.key)) act(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const first = Math.max(0, Math.floor(top / HEIGHT) - 8);
  const shown = rows.slice(first, first + Math.ceil(height / HEIGHT) + 16);
  return (
    <>
      <div class="tree-tabs" role="tablist" aria-label="Arrange the tree">
        {(["project", "database", "kind"] as const).map((name) => (
          <button key={name} type="button" role="tab" aria-selected={view === name} onClick={() => choose(name)}>
            {{ project: "Project", database: "Database", kind: "Kind" }[name]}
          </button>
        ))}
      </div>
      <div
        class="tree"
        role="tree"
        aria-label="Nodes"
        tabIndex={0}
        ref={box}
        aria-activedescendant={rows[cursor] ? `tree-${cursor}` : undefined}
        onScroll={(event) => scroll(event.currentTarget.scrollTop)}
        onKeyDown={pressed}
      >
        <div style={{ height: `${rows.length * HEIGHT}px` }} />
        {shown.map((row, number) => {
          const at = first + number;
          return (
            <div
              key={row.key + (row.place === undefined ? "/" : "")}
              id={`tree-${at}`}
              class={`tree-row ${at === cursor ? "cursor" : ""}`}
              role="treeitem"
              aria-level={row.depth + 1}
              aria-expanded={row.branch ? open.has(row.key) : undefined}
              aria-selected={row.key === current}
              style={{ top: `${at * HEIGHT}px`, paddingLeft: `${14 + row.depth * 14}px` }}
              title={row.label}
              onClick={() => {
                point(at);
                act(row);
              }}
            >
              {row.branch ? (
                <span class={`twist ${open.has(row.key) ? "open" : ""}`} aria-hidden="true">
                  ▶
                </span>
              ) : (
                <i class="square" style={{ background: `var(${layerColor(project, row.place ?? 0)})` }} aria-hidden="true" />
              )}
              <span class="label">{row.label}</span>
              {row.branch && <span class="count">{row.branch.count}</span>}
            </div>
          );
        })}
      </div>
    </>
  );
}
