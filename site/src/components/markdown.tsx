/** Markdown as elements. HTML in a description is shown as text, never run, and nothing is loaded from elsewhere. */
import { lexer, type Token, type Tokens } from "marked";
import { h, type ComponentChildren } from "preact";
import { Code } from "./code";

/** An address that a description may link to. */
function safe(address: string): string | undefined {
  return /^(https?:|mailto:|#)/i.test(address) ? address : undefined;
}

function unescape(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ({ amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" })[name] ?? "");
}

function inline(tokens: Token[] | undefined, fallback = ""): ComponentChildren {
  if (!tokens) return unescape(fallback);
  return tokens.map((token) => {
    switch (token.type) {
      case "strong":
        return <strong>{inline(token.tokens)}</strong>;
      case "em":
        return <em>{inline(token.tokens)}</em>;
      case "del":
        return <del>{inline(token.tokens)}</del>;
      case "codespan":
        return <code>{unescape(token.text)}</code>;
      case "br":
        return <br />;
      case "link": {
        const address = safe(token.href);
        return address ? (
          <a href={address} rel="noreferrer">
            {inline(token.tokens)}
          </a>
        ) : (
          inline(token.tokens)
        );
      }
      case "image": {
        if (token.href.startsWith("data:image/")) return <img src={token.href} alt={token.text} />;
        const address = safe(token.href);
        return address ? <a href={address}>{token.text || address}</a> : token.text;
      }
      default:
        return "tokens" in token && token.tokens ? inline(token.tokens) : unescape("text" in token ? token.text : token.raw);
    }
  });
}

function block(token: Token): ComponentChildren {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading": {
      return h(`h${Math.min(token.depth, 4)}`, null, inline(token.tokens));
    }
    case "paragraph":
      return <p>{inline(token.tokens)}</p>;
    case "code":
      return <Code text={token.text} language={token.lang || "text"} plain />;
    case "blockquote":
      return <blockquote>{token.tokens?.map(block)}</blockquote>;
    case "hr":
      return <hr />;
    case "list": {
      const items = (token as Tokens.List).items.map((item) => <li>{item.tokens.map(block)}</li>);
      return token.ordered ? <ol start={token.start || 1}>{items}</ol> : <ul>{items}</ul>;
    }
    case "table": {
      const table = token as Tokens.Table;
      return (
        <table>
          <thead>
            <tr>{table.header.map((cell) => <th>{inline(cell.tokens)}</th>)}</tr>
          </thead>
          <tbody>
            {table.rows.map((row) => (
              <tr>{row.map((cell) => <td>{inline(cell.tokens)}</td>)}</tr>
            ))}
          </tbody>
        </table>
      );
    }
    default:
      return "tokens" in token && token.tokens ? inline(token.tokens) : <p>{token.raw}</p>;
  }
}

export function Markdown({ text }: { text: string }) {
  return <div class="markdown">{lexer(text).map(block)}</div>;
}

/** Markdown of one line, for tables. */
export function Inline({ text }: { text: string }) {
  return <>{lexer(text).map((token) => (token.type === "paragraph" ? <>{inline(token.tokens)} </> : block(token)))}</>;
}
