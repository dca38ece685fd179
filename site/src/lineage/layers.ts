/** The layers of a project, which give nodes their colors: kinds, and for models their first folder. */
import type { Project } from "../data/project";

const KINDS: Record<string, string> = {
  source: "Sources",
  seed: "Seeds",
  snapshot: "Snapshots",
  exposure: "Exposures",
  metric: "Metrics",
  semantic_model: "Metrics",
  saved_query: "Metrics",
  analysis: "Analyses",
  function: "Functions",
  macro: "Macros",
  test: "Tests",
  unit_test: "Tests",
};

const KNOWN: [RegExp, string][] = [
  [/^sources$/i, "--layer-source"],
  [/^seeds$/i, "--layer-seed"],
  [/^snapshots$/i, "--layer-snapshot"],
  [/^exposures$/i, "--layer-exposure"],
  [/^metrics$/i, "--layer-metric"],
  [/^(staging|stage|stg|base|bronze|raw)$/i, "--layer-staging"],
  [/^(intermediate|int|silver|core)$/i, "--layer-intermediate"],
  [/^(marts?|gold|reporting|reports|analytics)$/i, "--layer-marts"],
  [/^(analyses|macros|tests|functions)$/i, "--layer-other"],
];
const SPARE = ["--layer-a", "--layer-b", "--layer-c", "--layer-d", "--layer-marts", "--layer-intermediate", "--layer-staging"];

interface Layers {
  names: string[];
  colors: Map<string, string>;
}

const known = new WeakMap<Project, Layers>();

export function layerName(project: Project, place: number): string {
  const node = project.nodes[place];
  return KINDS[node.kind] ?? node.folders?.[0] ?? "models";
}

/** The layers in the order in which data flows through them. */
export function layers(project: Project): Layers {
  let found = known.get(project);
  if (found) return found;
  const depth = depths(project);
  const sums = new Map<string, [sum: number, count: number]>();
  project.nodes.forEach((_, place) => {
    const name = layerName(project, place);
    const sum = sums.get(name) ?? [0, 0];
    sums.set(name, [sum[0] + depth[place], sum[1] + 1]);
  });
  const names = [...sums].sort(([, a], [, b]) => a[0] / a[1] - b[0] / b[1]).map(([name]) => name);
  const colors = new Map<string, string>();
  let spare = 0;
  for (const name of names) {
    const fixed = KNOWN.find(([pattern]) => pattern.test(name))?.[1];
    colors.set(name, fixed ?? SPARE[spare++ % SPARE.length]);
  }
  found = { names, colors };
  known.set(project, found);
  return found;
}

/** The name of the CSS variable with the color of a node's layer. */
export function layerColor(project: Project, place: number): string {
  return layers(project).colors.get(layerName(project, place)) ?? "--layer-other";
}

/** The longest way from a root to each node of the graph. */
function depths(project: Project): Int32Array {
  const depth = new Int32Array(project.nodes.length).fill(-1);
  const stack: number[] = [];
  for (let start = 0; start < depth.length; start++) {
    if (depth[start] >= 0) continue;
    stack.push(start);
    while (stack.length > 0) {
      const place = stack[stack.length - 1];
      const parents = project.nodes[place].kind === "macro" ? [] : (project.nodes[place].parents ?? []);
      const open = parents.filter((parent) => depth[parent] < 0 && !stack.includes(parent));
      if (open.length > 0) {
        stack.push(...open);
        continue;
      }
      depth[place] = parents.reduce((most, parent) => Math.max(most, depth[parent] + 1), 0);
      stack.pop();
    }
  }
  return depth;
}
