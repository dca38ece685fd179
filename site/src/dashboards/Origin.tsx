// Where the figures of a visual come from: its model, the way up to the sources, when it was built, and the slicers.
import type { Dashboard, ModelFacts, Page, Visual } from "./data";
import { ago, moment } from "./format";

interface Properties {
  dashboard: Dashboard;
  page: Page;
  visual: Visual;
  /** The address of a node's page in the documentation, if there is one. */
  link: ((id: string) => string) | null;
}

export function Origin({ dashboard, page, visual, link }: Properties) {
  const model = visual.model === null ? undefined : dashboard.models[visual.model];
  if (!model || visual.model === null) return null;
  const depths = [...new Set(model.upstream.map((node) => node.depth))].sort((a, b) => a - b);
  const title = (id: string): string => page.visuals.find((other) => other.id === id)?.title ?? id;
  return (
    <div class="dash-origin">
      <dl>
        <dt>Model</dt>
        <dd>
          <Name id={visual.model} name={model.name} link={link} /> <small>{model.materialized}</small>
        </dd>
        <dt>Built</dt>
        <dd>{freshness(model)}</dd>
        {visual.filters.length > 0 && (
          <>
            <dt>Filtered by</dt>
            <dd>{visual.filters.map(title).join(", ")}</dd>
          </>
        )}
        {visual.unfiltered.map(({ slicer, reason }) => (
          <>
            <dt>Not by</dt>
            <dd>
              {title(slicer)}: {reason}
            </dd>
          </>
        ))}
      </dl>
      {depths.length > 0 && <h4>Made from</h4>}
      <ol class="dash-upstream">
        {depths.map((depth) => (
          <li key={depth}>
            {model.upstream
              .filter((node) => node.depth === depth)
              .map((node) => (
                <Name key={node.id} id={node.id} name={node.name} type={node.type} link={link} />
              ))}
          </li>
        ))}
      </ol>
    </div>
  );
}

interface NameProperties extends Pick<Properties, "link"> {
  id: string;
  name: string;
  type?: string;
}

/** A node's name, which leads to its page. */
function Name({ id, name, type, link }: NameProperties) {
  if (!link) return <span data-type={type}>{name}</span>;
  return (
    <a href={link(id)} data-type={type}>
      {name}
    </a>
  );
}

/** When a model was built, in words. */
export function freshness(model: ModelFacts): string {
  if (!model.built_at) return "not known: no results of a run that built it are kept";
  const failed = model.status === "error" ? "; the last try failed" : "";
  return `${moment(model.built_at)} (${ago(model.built_at, Date.now())})${failed}`;
}
