// What the slicers of a page have chosen, and which rows of a frame that leaves.
import type { Dashboard, Frame, Page, Slicer, Visual } from "./data";

/** The choice of one slicer: positions in its field. No entry for a slicer means everything. */
export type Choice = { from: number; to: number } | { only: ReadonlySet<number> };

/** Choices by the slicers' ids. */
export type Choices = ReadonlyMap<string, Choice>;

interface Condition {
  field: number;
  choice: Choice;
}

/** The choices that filter a visual. */
export function conditions(page: Page, visual: Visual, choices: Choices): Condition[] {
  const found: Condition[] = [];
  for (const id of visual.filters) {
    const slicer = page.visuals.find((other) => other.id === id)?.slicer;
    const choice = choices.get(id);
    if (slicer && choice) found.push({ field: slicer.field, choice });
  }
  return found;
}

export function holds(choice: Choice, code: number): boolean {
  return "only" in choice ? choice.only.has(code) : choice.from <= code && code <= choice.to;
}

/** The rows of a frame that the conditions leave, as positions. */
export function matching(frame: Frame, all: Condition[]): number[] {
  const tests: { codes: number[]; choice: Choice }[] = [];
  for (const key of frame.keys) {
    const own = all.filter(({ field }) => field === key.field);
    for (const { choice } of own) tests.push({ codes: key.codes, choice });
    if (key.all && own.length === 0) tests.push({ codes: key.codes, choice: { from: -1, to: -1 } });
  }
  const rows: number[] = [];
  for (let row = 0; row < frame.size; row += 1) {
    if (tests.every(({ codes, choice }) => holds(choice, codes[row] ?? -1))) rows.push(row);
  }
  return rows;
}

/** The range that the conditions set for a field, or all of it. */
export function range(all: Condition[], field: number): { from: number; to: number } {
  for (const condition of all) {
    if (condition.field === field && "from" in condition.choice) return condition.choice;
  }
  return { from: 0, to: Number.MAX_SAFE_INTEGER };
}

/** The values that a slicer offers, as positions in its field. */
export function offered(dashboard: Dashboard, slicer: Slicer): number[] {
  return [...(dashboard.frames[slicer.frame]?.keys[0]?.codes ?? [])].sort((a, b) => a - b);
}

/** The words for a choice: `Low-Engagement, High-Engagement` or `2011-01 to 2012-12`. */
export function describe(
  slicer: Slicer,
  choice: Choice | undefined,
  label: (field: number, code: number) => string,
): string {
  if (!choice) return "All";
  if ("from" in choice) return `${label(slicer.field, choice.from)} to ${label(slicer.field, choice.to)}`;
  const names = [...choice.only].sort((a, b) => a - b).map((code) => label(slicer.field, code));
  return names.length > 3 ? `${names.length} chosen` : names.join(", ");
}

export type { Condition };
