// Works out the figures of a visual: filters the frames behind it, groups them by its dimensions, folds the parts, and
// puts them into the measures' formulas.
import type { Dashboard, Formula, Frame, PartReference, Visual } from "./data";
import { type Condition, matching, range } from "./select";

/** One group of a visual: the positions of its dimensions' values, and its measures. */
export interface Group {
  codes: number[];
  values: (number | null)[];
}

type Folded = Map<string, number | null>;

/** The groups of a visual, by some of its dimensions (all of them unless said otherwise). */
export function groups(
  dashboard: Dashboard,
  visual: Visual,
  conditions: Condition[],
  dimensions: number[] = visual.dimensions.map((_, index) => index),
): Group[] {
  const fields = dimensions.map((index) => visual.dimensions[index]?.field ?? -1);
  const known = new Map<string, number[]>();
  const folded = new Map<string, Folded>();
  const part = (reference: PartReference): Folded => {
    const name = `${reference.frame}/${reference.fold}/${reference.part}`;
    let result = folded.get(name);
    if (!result) {
      const frame = dashboard.frames[reference.frame];
      result = frame ? fold(frame, reference, fields, conditions, known) : new Map();
      folded.set(name, result);
    }
    return result;
  };
  for (const value of visual.values) visit(value.formula, part);
  // Without dimensions there is always one group, even over no rows.
  if (fields.length === 0) known.set("", []);
  const found: Group[] = [];
  for (const [key, codes] of known) {
    found.push({ codes, values: visual.values.map((value) => evaluate(value.formula, (p) => part(p).get(key))) });
  }
  return found;
}

function visit(formula: Formula, part: (reference: PartReference) => unknown): void {
  if ("part" in formula) part(formula.part);
  else if ("left" in formula) {
    visit(formula.left, part);
    visit(formula.right, part);
  } else if ("value" in formula) visit(formula.value, part);
}

/** A formula's number; nothing where a part is missing or a division is by zero. */
export function evaluate(
  formula: Formula,
  part: (reference: PartReference) => number | null | undefined,
): number | null {
  if ("number" in formula) return formula.number;
  if ("part" in formula) {
    return part(formula.part) ?? null;
  }
  if ("value" in formula) {
    const value = evaluate(formula.value, part);
    return value === null ? null : -value;
  }
  const left = evaluate(formula.left, part);
  const right = evaluate(formula.right, part);
  if (left === null || right === null) return null;
  switch (formula.op) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return right === 0 ? null : left / right;
  }
}

/** Folds a part over the rows that the conditions leave; `known` gathers the groups. */
function fold(
  frame: Frame,
  reference: PartReference,
  fields: number[],
  conditions: Condition[],
  known: Map<string, number[]>,
): Folded {
  const keys = fields.map((field) => frame.keys.find((key) => key.field === field)?.codes);
  const rows = matching(frame, conditions);
  const result: Folded = new Map();
  const group = (row: number): string => {
    const codes = keys.map((column) => column?.[row] ?? -1);
    const name = codes.join(",");
    if (!known.has(name)) known.set(name, codes);
    return name;
  };
  // A group that counts nothing counts zero; ids of one group may be those of another, so some counts cannot be put together.
  const finest = frame.keys.length === fields.length + frame.keys.filter((key) => key.all).length;
  const isCount = reference.fold === "distinct" || reference.fold === "steps";
  const isWhole = reference.fold === "exact" || reference.fold === "steps";
  if (isWhole && !finest) return new Map();
  if (reference.fold === "distinct") return distinct(frame, rows, group, fields.length === 0);
  if (reference.fold === "median") return median(frame, rows, group);
  const column = frame.parts[reference.part] ?? [];
  const steps = reference.fold === "steps" ? frame.steps : null;
  const within = steps ? range(conditions, steps.field) : null;
  for (const row of rows) {
    if (steps && within) {
      const before = steps.before[row] ?? -1;
      const at = steps.at[row] ?? -1;
      if (before >= within.from || at < within.from || at > within.to) continue;
    }
    const name = group(row);
    const own = column[row] ?? null;
    if (own === null) continue;
    const sofar = result.get(name) ?? null;
    if (sofar === null) result.set(name, own);
    else if (reference.fold === "min") result.set(name, Math.min(sofar, own));
    else if (reference.fold === "max") result.set(name, Math.max(sofar, own));
    else result.set(name, sofar + own);
  }
  if (fields.length === 0 && isCount && !result.has("")) result.set("", 0);
  return result;
}

function distinct(frame: Frame, rows: number[], group: (row: number) => string, keyless: boolean): Folded {
  const seen = new Map<string, Set<number>>();
  for (const row of rows) {
    const name = group(row);
    const item = frame.items?.[row] ?? null;
    if (item === null) continue;
    const own = seen.get(name);
    if (own) own.add(item);
    else seen.set(name, new Set([item]));
  }
  const counted: Folded = new Map([...seen].map(([name, own]) => [name, own.size]));
  // Without groups nothing counts as zero.
  if (keyless && counted.size === 0) counted.set("", 0);
  return counted;
}

/** The middle value, or the mean of the two in the middle, as SQL's `median`. */
function median(frame: Frame, rows: number[], group: (row: number) => string): Folded {
  const seen = new Map<string, [number, number][]>();
  for (const row of rows) {
    const name = group(row);
    const item = frame.items?.[row] ?? null;
    if (item === null) continue;
    const pair: [number, number] = [item, frame.parts[0]?.[row] ?? 0];
    const own = seen.get(name);
    if (own) own.push(pair);
    else seen.set(name, [pair]);
  }
  return new Map(
    [...seen].map(([name, pairs]) => {
      pairs.sort((a, b) => a[0] - b[0]);
      const total = pairs.reduce((sum, [, count]) => sum + count, 0);
      const at = (position: number): number => {
        let passed = 0;
        for (const [value, count] of pairs) {
          passed += count;
          if (position < passed) return value;
        }
        return Number.NaN;
      };
      return [name, (at(Math.floor((total - 1) / 2)) + at(Math.floor(total / 2))) / 2];
    }),
  );
}

/** The groups in the order that the visual asks for, cut to its limit. */
export function ordered(visual: Visual, all: Group[]): { shown: Group[]; total: number } {
  const shown = [...all].sort((a, b) => compare(visual, a, b));
  return { shown: visual.limit === null ? shown : shown.slice(0, visual.limit), total: all.length };
}

function compare(visual: Visual, a: Group, b: Group): number {
  const { sort } = visual;
  if (sort) {
    const own = (group: Group): number | null | undefined =>
      sort.by === "value" ? group.values[sort.index] : group.codes[sort.index];
    const [left, right] = [own(a) ?? null, own(b) ?? null];
    if (left !== right) {
      if (left === null) return 1;
      if (right === null) return -1;
      return sort.descending ? right - left : left - right;
    }
  }
  for (let index = 0; index < a.codes.length; index += 1) {
    const difference = (a.codes[index] ?? 0) - (b.codes[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
