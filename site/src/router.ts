/** Where the reader is, kept in the address behind `#`, so that it works from a file and links can be shared. */
import { useEffect, useState } from "preact/hooks";

export interface Route {
  /** `["node", "model.shop.orders"]`; empty for the first page. */
  path: string[];
  query: Record<string, string>;
}

export function parse(hash: string): Route {
  // dbt: `#!/model/model.shop.orders` leads to the same page, so that old links go on working.
  const old = /^#!\/\w+\/([^?]+)/.exec(hash);
  if (old) return { path: ["node", decode(old[1])], query: {} };
  const [path, query] = hash.replace(/^#\/?/, "").split("?", 2);
  return {
    path: path.split("/").filter(Boolean).map(decode),
    query: Object.fromEntries(new URLSearchParams(query ?? "")),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a page: `href("node", id, { tab: "code" })`. Undefined and empty values are left out. */
export function href(...parts: (string | Record<string, string | number | undefined>)[]): string {
  const path = parts.filter((part) => typeof part === "string").map(encodeURIComponent);
  const query = new URLSearchParams();
  for (const part of parts) {
    if (typeof part === "string") continue;
    for (const [name, value] of Object.entries(part)) {
      if (value !== undefined && value !== "") query.set(name, String(value));
    }
  }
  const text = query.toString();
  return `#/${path.join("/")}${text ? `?${text}` : ""}`;
}

/** Goes to a page. */
export function go(...parts: Parameters<typeof href>): void {
  location.hash = href(...parts);
}

/** Changes the address without a new step in the browser's history. */
export function replace(...parts: Parameters<typeof href>): void {
  history.replaceState(null, "", href(...parts));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

export function useRoute(): Route {
  const [route, set] = useState(() => parse(location.hash));
  useEffect(() => {
    const changed = () => set(parse(location.hash));
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}
