// The shape of a dashboard's data, as `netflix docs` writes it into the page. Numbers are kept in parts that add up
// (counts, sums), so that every figure can be worked out again when a slicer changes.

/** A dashboard: one exposure. */
export interface Dashboard {
  /** Unique id of the exposure. */
  id: string;
  name: string;
  title: string;
  description: string;
  /** Why there are no figures, if there are none. */
  problem: string | null;
  /** Things to know that hold for the whole dashboard. */
  notes: string[];
  /** When the figures were read, as an ISO 8601 moment. */
  read_at: string;
  pages: Page[];
  fields: Field[];
  frames: Frame[];
  models: Record<string, ModelFacts>;
}

export interface Page {
  name: string;
  title: string;
  /** In units of which the width has 1280. */
  height: number;
  visuals: Visual[];
}

/** A place on a page that is 1280 wide. */
export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

export type Kind =
  | "slicer"
  | "card"
  | "table"
  | "matrix"
  | "bar"
  | "line"
  | "combo"
  | "scatter"
  | "donut"
  | "treemap"
  | "button"
  | "text";

export interface Visual {
  id: string;
  type: Kind;
  title: string;
  description: string;
  place: Place;
  /** Unique id of the model that it reads. */
  model: string | null;
  dimensions: Dimension[];
  values: Value[];
  /** What to sort by: a dimension or a value. */
  sort: Sort | null;
  limit: number | null;
  stacked: boolean;
  horizontal: boolean;
  /** Ids of the slicers of the page that filter it. */
  filters: string[];
  /** Slicers that do not, and why. */
  unfiltered: { slicer: string; reason: string }[];
  /** Rows that are shown as they are (a table without measures). */
  rows: RowTable | null;
  slicer: Slicer | null;
  /** The page that a button opens. */
  page: string | null;
  /** What a text says. */
  text: string | null;
  /** Why this visual has no figures, if it has none. */
  problem: string | null;
}

export interface Sort {
  by: "dimension" | "value";
  index: number;
  descending: boolean;
}

export interface Slicer {
  kind: "range" | "list";
  /** Index of the field whose values it filters. */
  field: number;
  /** Index of the frame whose rows are its model's values; other models may have more. */
  frame: number;
  /** Why only one value can be chosen at a time, if so. */
  single: string | null;
}

export type Role = "category" | "series" | "row" | "column" | "detail";

export interface Dimension {
  role: Role;
  label: string;
  /** Index of its field. */
  field: number;
}

export interface Value {
  role: "value" | "line" | "x" | "y" | "size";
  label: string;
  format: string;
  formula: Formula;
}

/** How a measure is worked out from parts. */
export type Formula =
  | { number: number }
  | { part: PartReference }
  | { op: "+" | "-" | "*" | "/"; left: Formula; right: Formula }
  | { op: "negate"; value: Formula };

export interface PartReference {
  frame: number;
  /** `exact`: one row for each group, and groups must not be put together. */
  fold: "sum" | "min" | "max" | "distinct" | "steps" | "exact" | "median";
  /** Index of the part in its frame; `distinct` and `median` read the frame's `items` instead. */
  part: number;
}

export type Scalar = string | number | boolean | null;

/** The values that a column has, in their order. Frames name a value by its position here. */
export interface Field {
  name: string;
  grain: string | null;
  type: "text" | "number" | "date" | "boolean";
  /** Whether the order was given by the author, and so means something. */
  ordered: boolean;
  values: Scalar[];
}

/** Rows of codes and parts, grouped by the fields of `keys`. */
export interface Frame {
  model: string;
  size: number;
  /** With `all`, rows of -1 hold the figure over all values, and the others must not be put together. */
  keys: { field: number; codes: number[]; all?: boolean }[];
  parts: (number | null)[][];
  /** `distinct`: an id's number in each row. `median`: a value in each row, part 0 being how often it occurs. */
  items: (number | null)[] | null;
  /**
   * `steps`: for each row the period in which an id occurs and the one in which it occurred before (-1: never); part 0
   * says how many ids took this step. An id is in a range of periods exactly once as a step that begins before the range
   * and ends in it, so that distinct counts are exact for every range.
   */
  steps: { field: number; before: number[]; at: number[] } | null;
}

export interface RowTable {
  frame: number;
  columns: { label: string; format: string; type: Field["type"]; values: Scalar[] }[];
  /** How many rows there are in all. */
  total: number;
}

export interface ModelFacts {
  name: string;
  /** When it was last built by the results of a run, an ISO 8601 moment; null where none is known. */
  built_at: string | null;
  status: string | null;
  materialized: string;
  /** Its ancestors, each with its parents among them, the nearest first. */
  upstream: { id: string; name: string; type: string; depth: number }[];
}
