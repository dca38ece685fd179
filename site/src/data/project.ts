/** The nodes of the project and how they hang together, computed once from the section `core`. */
import { load } from "./sections";
import type { CodePiece, Core, Kind, Node, ProjectFacts } from "./types";

/** Kinds that stand in the lineage graph; tests and macros do not. */
const IN_GRAPH: ReadonlySet<Kind> = new Set<Kind>([
  "model",
  "seed",
  "snapshot",
  "source",
  "exposure",
  "metric",
  "semantic_model",
  "saved_query",
  "function",
  "analysis",
]);

export class Project {
  readonly facts: ProjectFacts;
  readonly nodes: Node[];
  /** Nodes that read each node; for a macro, what calls it. */
  readonly children: number[][];
  /** Data tests and unit tests of each node. */
  readonly tests: number[][];
  private readonly places = new Map<string, number>();
  private readonly code: number[];

  constructor(core: Core) {
    this.facts = core.project;
    this.nodes = core.nodes;
    this.code = core.code;
    this.children = core.nodes.map(() => []);
    this.tests = core.nodes.map(() => []);
    core.nodes.forEach((node, place) => {
      this.places.set(node.id, place);
      for (const parent of node.parents ?? []) this.children[parent].push(place);
      for (const called of node.macros ?? []) this.children[called].push(place);
      if (node.test) {
        const of = node.test.of === undefined ? (node.parents ?? []) : [node.test.of];
        for (const tested of of) this.tests[tested].push(place);
      }
    });
  }

  /** The place of a node, by its unique id. */
  place(id: string): number | undefined {
    return this.places.get(id);
  }

  /** Whether a node stands in the lineage graph. */
  inGraph(place: number): boolean {
    const node = this.nodes[place];
    return IN_GRAPH.has(node.kind) && !node.hidden;
  }

  /** What a node reads, as the lineage graph shows it. */
  readsFrom(place: number): number[] {
    return (this.nodes[place].parents ?? []).filter((parent) => this.inGraph(parent));
  }

  /** What reads a node, as the lineage graph shows it. */
  readBy(place: number): number[] {
    return this.children[place].filter((child) => this.inGraph(child));
  }

  /** Template and compiled SQL of a node. */
  async codeOf(place: number): Promise<[template: string | null, compiled: string | null]> {
    let piece = this.code.length - 1;
    while (piece > 0 && this.code[piece] > place) piece--;
    const codes = await load<CodePiece>(`code-${piece}`);
    return codes?.[place - this.code[piece]] ?? [null, null];
  }

  /** Every piece of code with the place of its first node, one after the other. */
  async *allCode(): AsyncGenerator<[first: number, codes: CodePiece]> {
    for (let piece = 0; piece < this.code.length; piece++) {
      const codes = await load<CodePiece>(`code-${piece}`);
      if (codes) yield [this.code[piece], codes];
    }
  }

  /** Nodes within so many steps up and down from some nodes, these included. */
  around(from: Iterable<number>, up: number, down: number): Set<number> {
    const found = new Set<number>(from);
    const walk = (steps: number, next: (place: number) => number[]) => {
      let edge = [...new Set(from)];
      for (let step = 0; step < steps && edge.length > 0; step++) {
        const beyond: number[] = [];
        for (const place of edge) {
          for (const other of next(place)) {
            if (seen.has(other)) continue;
            seen.add(other);
            found.add(other);
            beyond.push(other);
          }
        }
        edge = beyond;
      }
    };
    let seen = new Set<number>(from);
    walk(up, (place) => this.readsFrom(place));
    seen = new Set<number>(from);
    walk(down, (place) => this.readBy(place));
    return found;
  }
}

/** The name by which people know a node: `movielens.raw_movies`, `orders.v2`, the title of an exposure. */
export function title(node: Node): string {
  if (node.kind === "source" && node.source) return `${node.source.name}.${node.name}`;
  if (node.kind === "exposure" && node.label) return node.label;
  if (node.version !== undefined) return `${node.name}.v${node.version}`;
  return node.name;
}

/** What a test says, in few words: `not_null`, `accepted_values(values: ["a", "b"])`. */
export function testTitle(node: Node): string {
  const test = node.test;
  if (!test?.name) return node.name;
  const given = Object.entries(test.arguments ?? {});
  if (given.length === 0) return test.name;
  const shown = given.map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return `${test.name}(${shown.join(", ")})`;
}

export async function openProject(): Promise<Project | undefined> {
  const core = await load<Core>("core");
  return core && new Project(core);
}
