/** Code with its parts colored: SQL with Jinja in it, and Python. */
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";

const SQL =
  "select from where group by order having qualify limit offset with as on using join inner left right full outer cross lateral union all intersect except and or not in is null like ilike between exists case when then else end distinct over partition rows range unbounded preceding following current row insert into values update set delete create replace table view temporary if drop alter add column cast try_cast true false asc desc nulls first last recursive merge matched pivot unpivot for within interval window filter array any some primary key default date timestamp";
const PYTHON =
  "def return if elif else for while in not and or is None True False import from as class with try except finally raise lambda yield pass break continue global assert del async await";
const KEYWORDS = { sql: new Set(SQL.split(" ")), python: new Set(PYTHON.split(" ")) };

type Piece = [kind: string, text: string];

const SQL_PIECES =
  /(\{#[\s\S]*?#\}|--[^\n]*|\/\*[\s\S]*?\*\/)|(\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\})|('(?:[^']|'')*'|"(?:[^"]|"")*")|\b(\d+(?:\.\d+)?)\b|([A-Za-z_][\w$]*)(?=\s*\()|([A-Za-z_][\w$]*)/g;
const PYTHON_PIECES =
  /(#[^\n]*)|(@[\w.]+)|("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\b(\d+(?:\.\d+)?)\b|([A-Za-z_]\w*)(?=\s*\()|([A-Za-z_]\w*)/g;

/** The pieces of a text, each with its kind. */
export function pieces(text: string, language: string): Piece[] {
  if (language !== "sql" && language !== "python") return [["", text]];
  const words = KEYWORDS[language];
  const found: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(language === "sql" ? SQL_PIECES : PYTHON_PIECES)) {
    if (match.index > at) found.push(["", text.slice(at, match.index)]);
    at = match.index + match[0].length;
    const word = language === "sql" ? match[0].toLowerCase() : match[0];
    const kind = match[1]
      ? "comment"
      : match[2]
        ? "jinja"
        : match[3]
          ? language === "sql" && match[0].startsWith('"')
            ? ""
            : "string"
          : match[4]
            ? "number"
            : words.has(word)
              ? "keyword"
              : match[5]
                ? "function"
                : "";
    found.push([kind, match[0]]);
  }
  if (at < text.length) found.push(["", text.slice(at)]);
  return found;
}

/** The pieces in lines. */
function lines(text: string, language: string): ComponentChildren[][] {
  const rows: ComponentChildren[][] = [[]];
  for (const [kind, piece] of pieces(text, language)) {
    piece.split("\n").forEach((part, number) => {
      if (number > 0) rows.push([]);
      if (part) rows[rows.length - 1].push(kind ? <span class={`t-${kind}`}>{part}</span> : part);
    });
  }
  return rows;
}

export function Code({ text, language, plain }: { text: string; language: string; plain?: boolean }) {
  const rows = useMemo(() => lines(text, language), [text, language]);
  if (plain) {
    return (
      <pre>
        <code>{rows.flatMap((row, number) => (number > 0 ? ["\n", ...row] : row))}</code>
      </pre>
    );
  }
  return (
    <pre class="code" tabIndex={0} aria-label="Code">
      <ol>
        {rows.map((row, number) => (
          <li key={number}>{row}</li>
        ))}
      </ol>
    </pre>
  );
}

export function Copy({ text }: { text: string }) {
  const [done, tell] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(text).then(() => {
      tell(true);
      setTimeout(() => tell(false), 1500);
    });
  };
  return (
    <button type="button" class="button" onClick={copy}>
      {done ? "Copied" : "Copy"}
    </button>
  );
}
