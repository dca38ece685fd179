// The dashboards in the documentation. Their program is a section of the page like their data, so that a page of a
// project without dashboards does not carry it, and is set up when a dashboard is first looked at.
import { useEffect, useRef, useState } from "preact/hooks";
import { load, useSection } from "../data/sections";
import { href } from "../router";
import { useTheme } from "../shell/theme";
import type { Dashboard } from "./data";
import type { Program } from "./program";

interface Properties {
  /** The names of the dashboard and of its page, as far as the address tells them. */
  path: string[];
  /** Whether the nodes that figures come from have pages in this file. */
  hasNodes: boolean;
}

/** Sets up the program; the policy of the page lets exactly this one run. */
async function program(): Promise<Program> {
  const known = window.netflixDashboards;
  if (known) return known;
  const text = await load<string>("dashboards-program");
  if (text === undefined) throw new Error("the file holds no program for them");
  const element = document.createElement("script");
  element.textContent = text;
  document.head.append(element);
  if (!window.netflixDashboards) throw new Error("the browser did not run their program");
  return window.netflixDashboards;
}

export function Dashboards({ path, hasNodes }: Properties) {
  const all = useSection<Dashboard[]>("dashboards");
  const holder = useRef<HTMLDivElement>(null);
  const [found, setFound] = useState<Program | undefined>();
  const [problem, setProblem] = useState("");
  const theme = useTheme();
  const dashboard = all?.find((candidate) => candidate.name === path[0]) ?? all?.[0];
  useEffect(() => {
    program().then(setFound, (error: unknown) => setProblem(`The dashboards cannot be shown: ${String(error)}`));
  }, []);
  useEffect(() => {
    if (!holder.current || !found || !dashboard) return;
    found.show(holder.current, {
      dashboard,
      page: path[1] ?? null,
      pageLink: (page) => href("dashboards", dashboard.name, page),
      link: hasNodes ? (id) => href("node", id) : null,
      theme,
    });
  });
  useEffect(() => {
    const element = holder.current;
    return () => {
      if (element && found) found.leave(element);
    };
  }, [found]);
  return (
    <div class="dashboards">
      {all && all.length > 1 && (
        <nav class="dashboards-all" aria-label="Dashboards">
          {all.map((other) => (
            <a key={other.name} href={href("dashboards", other.name)} aria-current={other === dashboard ? "true" : undefined}>
              {other.title}
            </a>
          ))}
        </nav>
      )}
      {problem && <p role="alert">{problem}</p>}
      {!problem && !found && <p class="muted">Loading…</p>}
      <div ref={holder} />
    </div>
  );
}
