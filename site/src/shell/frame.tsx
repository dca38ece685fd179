/** The frame around every page: bar, tree, and the keys that work everywhere. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Dashboards } from "../dashboards";
import type { Project } from "../data/project";
import { has } from "../data/sections";
import { Home } from "../pages/home";
import { NodePage } from "../pages/node";
import { LineagePage } from "../pages/lineage";
import { RunsPage } from "../pages/runs";
import { go, href, useRoute, type Route } from "../router";
import { Help } from "./help";
import { Moon, Sun } from "./icons";
import { Palette } from "./palette";
import { Tree } from "./tree";
import { switchTheme, useTheme } from "./theme";

export function Frame({ project }: { project: Project }) {
  const route = useRoute();
  const [open, show] = useState<"search" | "help" | undefined>();
  const [hasDashboards, tellDashboards] = useState(false);
  const main = useRef<HTMLElement>(null);
  const theme = useTheme();
  useEffect(() => {
    void has("dashboards").then(tellDashboards);
  }, []);
  useEffect(() => {
    let leader = 0;
    const pressed = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        show("search");
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
      if (Date.now() - leader < 1200 && "hlrd".includes(event.key)) {
        leader = 0;
        event.preventDefault();
        if (event.key === "h") go();
        if (event.key === "l") go("lineage");
        if (event.key === "r") go("runs");
        if (event.key === "d" && hasDashboards) go("dashboards");
        return;
      }
      if (event.key === "g") leader = Date.now();
      if (event.key === "/") show("search");
      else if (event.key === "?") show("help");
      else if (event.key === "t") switchTheme();
      else if (event.key === "j" || event.key === "k") {
        document.querySelector<HTMLElement>(".tree")?.dispatchEvent(new CustomEvent("move", { detail: event.key === "j" ? 1 : -1 }));
      } else return;
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [hasDashboards]);
  const page = route.path.join("/");
  useEffect(() => main.current?.scrollTo(0, 0), [page]);
  const at = route.path[0] ?? "";
  const link = (name: string, shown: string) => (
    <a href={href(...(name ? [name] : []))} aria-current={at === name ? "page" : undefined}>
      {shown}
    </a>
  );
  return (
    <div class={at === "dashboards" ? "frame whole" : "frame"}>
      <header class="bar">
        <a class="brand" href="#/">
          <Mark />
          {project.facts.name}
        </a>
        <nav class="nav" aria-label="Sections">
          {link("", "Overview")}
          {link("lineage", "Lineage")}
          {link("runs", "Runs")}
          {hasDashboards && link("dashboards", "Dashboards")}
        </nav>
        <button type="button" class="find" onClick={() => show("search")} aria-label="Search">
          <span>Search models, columns, SQL</span>
          <kbd>/</kbd>
        </button>
        <button type="button" class="icon-button" onClick={switchTheme} aria-label={theme === "dark" ? "Light theme" : "Dark theme"} title="Theme (t)">
          {theme === "dark" ? <Sun /> : <Moon />}
        </button>
        <button type="button" class="icon-button" onClick={() => show("help")} aria-label="Keys" title="Keys (?)">
          ?
        </button>
      </header>
      <aside class="side" aria-label="Project tree">
        <Tree project={project} current={at === "node" ? route.path[1] : undefined} />
      </aside>
      <main class="main" ref={main} tabIndex={-1}>
        <Page project={project} route={route} />
      </main>
      {open === "search" && <Palette project={project} close={() => show(undefined)} />}
      {open === "help" && <Help close={() => show(undefined)} />}
    </div>
  );
}

function Page({ project, route }: { project: Project; route: Route }) {
  const [first, id] = route.path;
  switch (first) {
    case undefined:
      return <Home project={project} />;
    case "node": {
      const place = project.place(id ?? "");
      if (place === undefined) break;
      return <NodePage key={place} project={project} place={place} query={route.query} />;
    }
    case "lineage":
      return <LineagePage project={project} query={route.query} />;
    case "runs":
      return <RunsPage project={project} query={route.query} />;
    case "dashboards":
      return <Dashboards path={route.path.slice(1)} hasNodes />;
  }
  return (
    <div class="page">
      <h1>Nothing here</h1>
      <p class="muted">
        {first === "node" ? `The project has no ${id}.` : "There is no such page."} Press <kbd>/</kbd> to search.
      </p>
    </div>
  );
}

function Mark() {
  return (
    <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#b8203a" />
      <path d="M12 11.500c5 0 3 4.500 8 4.500M12 20.500c5 0 3-4.500 8-4.500" fill="none" stroke="#fff" stroke-width="1.800" />
      <path d="M8 9h5v5H8zM8 18h5v5H8zM19 13.500h5v5h-5z" fill="#fff" />
    </svg>
  );
}
