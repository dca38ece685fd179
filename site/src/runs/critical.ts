/** The critical path of a run: the chain of nodes, each reading the one before, that takes the longest. */
import type { Project } from "../data/project";
import type { NodeResult } from "../data/types";

export interface Critical {
  /** From first to last. */
  path: NodeResult[];
  /** Seconds: with any number of threads the run cannot be quicker. */
  seconds: number;
}

export function criticalPath(project: Project, results: NodeResult[]): Critical {
  const byNode = new Map(results.map((result) => [result.node, result]));
  const best = new Map<number, { seconds: number; before?: number }>();
  const open = new Set<number>();
  const visit = (start: number) => {
    const stack = [start];
    while (stack.length > 0) {
      const place = stack[stack.length - 1];
      if (best.has(place)) {
        stack.pop();
        continue;
      }
      // Nodes that did not run (sources, ephemeral models) pass on what they read.
      const waiting = (project.nodes[place].parents ?? []).filter((parent) => !best.has(parent) && !open.has(parent));
      if (waiting.length > 0 && !open.has(place)) {
        open.add(place);
        stack.push(...waiting);
        continue;
      }
      let before: number | undefined;
      let most = 0;
      for (const parent of project.nodes[place].parents ?? []) {
        const seconds = best.get(parent)?.seconds ?? 0;
        if (seconds > most) [most, before] = [seconds, parent];
      }
      best.set(place, { seconds: most + (byNode.get(place)?.seconds ?? 0), before });
      stack.pop();
    }
  };
  let last: number | undefined;
  for (const result of results) {
    visit(result.node);
    if (last === undefined || (best.get(result.node)?.seconds ?? 0) > (best.get(last)?.seconds ?? 0)) last = result.node;
  }
  const path: NodeResult[] = [];
  for (let place = last; place !== undefined; place = best.get(place)?.before) {
    const result = byNode.get(place);
    if (result) path.unshift(result);
  }
  return { path, seconds: last === undefined ? 0 : (best.get(last)?.seconds ?? 0) };
}
