/** The dashboards of the project. */
import type { Project } from "../data/project";
import { useSection } from "../data/sections";

interface Properties {
  project: Project;
  path: string[];
  query: Record<string, string>;
}

export function Dashboards({ project }: Properties) {
  const data = useSection<unknown>("dashboards");
  return (
    <div class="page">
      <h1>Dashboards</h1>
      <p class="muted">{data === undefined ? `${project.facts.name} has no dashboards.` : "Loading…"}</p>
    </div>
  );
}
