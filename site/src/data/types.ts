/** The data in the page; `src/site/content.rs` writes the same shapes. Nodes name each other by place. */

export type Kind =
  | "model"
  | "seed"
  | "snapshot"
  | "source"
  | "test"
  | "unit_test"
  | "analysis"
  | "exposure"
  | "metric"
  | "semantic_model"
  | "saved_query"
  | "function"
  | "macro";

export interface Core {
  project: ProjectFacts;
  nodes: Node[];
  /** The first node of each section `code-N`. */
  code: number[];
}

export interface ProjectFacts {
  name: string;
  adapter?: string;
  generated?: string;
  dbt_version?: string;
  overview?: string;
  groups?: Group[];
  has_catalog: boolean;
}

export interface Group {
  name: string;
  description?: string;
  owner?: Owner;
}

export interface Owner {
  name?: string | null;
  email?: string | string[] | null;
}

export interface Node {
  id: string;
  kind: Kind;
  name: string;
  package: string;
  path: string;
  patch?: string;
  folders?: string[];
  description?: string;
  tags?: string[];
  database?: string;
  schema?: string;
  alias?: string;
  relation?: string;
  materialized?: string;
  language?: string;
  parents?: number[];
  macros?: number[];
  group?: string;
  access?: string;
  version?: string;
  latest?: boolean;
  contract?: boolean;
  deprecation?: string;
  hidden?: boolean;
  color?: string;
  owner?: Owner;
  label?: string;
  maturity?: string;
  url?: string;
  type?: string;
  test?: TestFacts;
  source?: SourceFacts;
}

export interface TestFacts {
  name?: string;
  column?: string;
  of?: number;
  arguments?: Record<string, unknown>;
  warns?: boolean;
}

export interface SourceFacts {
  name: string;
  description?: string;
  loader?: string;
  loaded_at?: string;
  freshness?: Record<string, unknown>;
}

/** An entry of the section `details`, which has one for each node. */
export interface Details {
  columns?: Column[];
  statistics?: { label: string; value: unknown }[];
  relation_type?: string;
  relation_owner?: string;
  config?: Record<string, unknown>;
  meta?: Record<string, unknown>;
  arguments?: { name?: string; type?: string; description?: string }[];
  definition?: Record<string, unknown>;
}

export interface Column {
  name: string;
  type?: string;
  description?: string;
  tags?: string[];
  constraints?: string[];
  meta?: Record<string, unknown>;
  absent?: boolean;
  undocumented?: boolean;
}

/** The section `results`. */
export interface Results {
  runs: Run[];
  results: NodeResult[];
  freshness?: Freshness[];
}

export interface Run {
  command?: string;
  typed?: string;
  ended?: string;
  /** Seconds. */
  elapsed: number;
  count: number;
  /** Milliseconds since 1970. */
  begin: number;
}

export interface NodeResult {
  node: number;
  run: number;
  status: string;
  /** Milliseconds from the run's begin. */
  start?: number;
  end?: number;
  seconds: number;
  thread?: string;
  message?: string;
  failures?: number;
  rows?: number;
}

export interface Freshness {
  node: number;
  status: string;
  loaded?: string;
  checked?: string;
  /** Seconds. */
  age?: number;
}

/** The section `lineage`: by place of the node. */
export type Lineage = Record<string, NodeLineage>;

export interface NodeLineage {
  columns: Record<string, ColumnOrigin>;
  /** Columns that decide which rows there are, without being shown. */
  used: ColumnEnd[];
}

export interface ColumnOrigin {
  from: ColumnEnd[];
  unknown?: string;
}

/** Place of a node, column, and how it is used. */
export type ColumnEnd = [node: number, column: string, use: string];

/** A piece of the code: template and compiled SQL of each of its nodes. */
export type CodePiece = [template: string | null, compiled: string | null][];
