// The dashboards as a page of their own: which one and which page stand in the address behind `#`.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Dashboard } from "../src/dashboards/data";
import { DashboardView } from "../src/dashboards/View";

const all: Dashboard[] = JSON.parse(document.getElementById("dashboards")?.textContent ?? "[]");
const dark = matchMedia("(prefers-color-scheme: dark)");

function route(): string[] {
  return location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
}

type Theme = "light" | "dark";

function App() {
  const [path, setPath] = useState(route);
  const [chosen, setChosen] = useState<Theme | null>(null);
  const [system, setSystem] = useState<Theme>(dark.matches ? "dark" : "light");
  useEffect(() => {
    const moved = (): void => setPath(route());
    const changed = (): void => setSystem(dark.matches ? "dark" : "light");
    addEventListener("hashchange", moved);
    dark.addEventListener("change", changed);
    return () => {
      removeEventListener("hashchange", moved);
      dark.removeEventListener("change", changed);
    };
  }, []);
  const theme = chosen ?? system;
  document.documentElement.dataset["theme"] = theme;
  const dashboard = all.find((candidate) => candidate.name === path[0]) ?? all[0];
  if (!dashboard) return <p>No exposure of this project defines a dashboard.</p>;
  document.title = dashboard.title;
  return (
    <main class="dash-alone">
      <div class="dash-bar-top">
        {all.length > 1 ? (
          <nav aria-label="Dashboards">
            {all.map((other) => (
              <a key={other.name} href={`#/${encodeURIComponent(other.name)}`} aria-current={other === dashboard ? "true" : undefined}>
                {other.title}
              </a>
            ))}
          </nav>
        ) : (
          <span />
        )}
        <button type="button" onClick={() => setChosen(theme === "dark" ? "light" : "dark")}>
          {theme === "dark" ? "Light" : "Dark"}
        </button>
      </div>
      <DashboardView
        dashboard={dashboard}
        page={path[1] ?? null}
        pageLink={(page) => `#/${encodeURIComponent(dashboard.name)}/${encodeURIComponent(page)}`}
        link={(id) => `index.html#/node/${encodeURIComponent(id)}`}
        theme={theme}
      />
    </main>
  );
}

const holder = document.getElementById("app");
if (holder) render(<App />, holder);
