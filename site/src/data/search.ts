/** Finds nodes by name, column, tag, description and code. Plain scans are quick enough for thousands of models. */
import { title, type Project } from "./project";
import { load } from "./sections";
import type { Details } from "./types";

export interface Hit {
  place: number;
  score: number;
  /** What was found where: `column`, `description`, `tag`, `code`; none for the name. */
  where?: "column" | "description" | "tag" | "code";
  text?: string;
  column?: string;
}

interface Entry {
  name: string;
  tags: string;
  description: string;
}

const PREFERRED: Record<string, number> = { model: 12, source: 10, exposure: 10, seed: 9, snapshot: 9, metric: 8, macro: 4, analysis: 3, test: -14, unit_test: -6 };

export class Search {
  private readonly entries: Entry[];
  private details: Details[] | undefined;

  constructor(private readonly project: Project) {
    this.entries = project.nodes.map((node) => ({
      name: title(node).toLowerCase(),
      tags: (node.tags ?? []).join(" ").toLowerCase(),
      description: node.description?.toLowerCase() ?? "",
    }));
  }

  /** Makes columns known; resolves when they are. */
  async prepare(): Promise<void> {
    this.details = await load<Details[]>("details");
  }

  /** The best hits among names, columns, tags and descriptions. `kind:model`, `tag:x` and `column:x` narrow them. */
  find(query: string, limit: number): Hit[] {
    const { words, kind, tag, column } = split(query);
    if (words.length === 0 && !kind && !tag && !column) return [];
    const hits: Hit[] = [];
    this.entries.forEach((entry, place) => {
      const node = this.project.nodes[place];
      if (kind && !node.kind.startsWith(kind)) return;
      if (tag && !(node.tags ?? []).some((one) => one.toLowerCase().includes(tag))) return;
      const bonus = PREFERRED[node.kind] ?? 0;
      if (!column) {
        const score = rank(entry.name, words);
        if (score > 0) hits.push({ place, score: score + bonus });
        else if (words.every((word) => entry.tags.includes(word))) hits.push({ place, score: 40 + bonus, where: "tag", text: node.tags?.join(", ") });
        else if (entry.description && words.every((word) => entry.description.includes(word))) {
          hits.push({ place, score: 25 + bonus, where: "description", text: excerpt(node.description ?? "", words[0]) });
        }
      }
      for (const found of this.details?.[place]?.columns ?? []) {
        const wanted = column ? [column, ...words] : words;
        if (wanted.length === 0) break;
        const score = rank(found.name.toLowerCase(), wanted);
        if (score > 0) hits.push({ place, score: score / 2 + bonus, where: "column", column: found.name, text: found.description });
        else if (found.description && wanted.every((word) => found.description?.toLowerCase().includes(word))) {
          hits.push({ place, score: 15 + bonus, where: "column", column: found.name, text: excerpt(found.description, wanted[0]) });
        }
      }
    });
    hits.sort((a, b) => b.score - a.score || a.place - b.place);
    return hits.slice(0, limit);
  }

  /** Nodes whose code holds all words, read piece by piece. */
  async findCode(query: string, limit: number, isWanted: () => boolean): Promise<Hit[]> {
    const { words, kind } = split(query);
    const hits: Hit[] = [];
    if (words.length === 0 || words.join("").length < 3) return hits;
    for await (const [first, codes] of this.project.allCode()) {
      if (!isWanted()) return [];
      for (let at = 0; at < codes.length && hits.length < limit; at++) {
        const [template, compiled] = codes[at];
        const code = template ?? compiled;
        const node = this.project.nodes[first + at];
        if (!code || (kind && !node.kind.startsWith(kind))) continue;
        const lower = code.toLowerCase();
        if (words.every((word) => lower.includes(word))) hits.push({ place: first + at, score: 5, where: "code", text: lineOf(code, lower.indexOf(words[0])) });
      }
      if (hits.length >= limit) break;
    }
    return hits;
  }
}

function split(query: string) {
  const words: string[] = [];
  const filters: Record<string, string> = {};
  for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const filter = /^(kind|tag|column):(.+)$/.exec(word);
    if (filter) filters[filter[1]] = filter[2];
    else words.push(word);
  }
  return { words, kind: filters.kind, tag: filters.tag, column: filters.column };
}

/** How well a name fits: the whole, its begin, the begin of a part, a part; 0 where a word is missing. */
function rank(name: string, words: string[]): number {
  let score = words.length > 0 ? 0 : 1;
  for (const word of words) {
    const at = name.indexOf(word);
    if (at < 0) return 0;
    if (name === word) score += 200;
    else if (at === 0) score += 120;
    else if (/[_.\s-]/.test(name[at - 1])) score += 95;
    else score += 70;
  }
  return score / Math.max(1, words.length) - Math.min(20, name.length / 8);
}

function excerpt(text: string, word = ""): string {
  const plain = text.replace(/\s+/g, " ");
  const at = plain.toLowerCase().indexOf(word);
  return at > 60 ? `…${plain.slice(at - 40, at + 100)}` : plain.slice(0, 140);
}

function lineOf(code: string, at: number): string {
  const start = code.lastIndexOf("\n", at) + 1;
  const end = code.indexOf("\n", at);
  return code.slice(start, end < 0 ? undefined : end).trim();
}
