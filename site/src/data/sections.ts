/**
 * The sections of the page's data: each is an element `section-NAME` with JSON, deflated, in base64. They are inflated
 * when they are asked for, and kept.
 */
import { useEffect, useState } from "preact/hooks";

const loaded = new Map<string, Promise<unknown>>();
const values = new Map<string, unknown>();

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const decode = (Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }).fromBase64;
  if (decode) return decode.call(Uint8Array, text);
  const plain = atob(text);
  const array = new Uint8Array(plain.length);
  for (let at = 0; at < plain.length; at++) array[at] = plain.charCodeAt(at);
  return array;
}

async function inflate(text: string): Promise<unknown> {
  const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).json();
}

/** Resolves when the browser has read the page to its end. */
function wholePage(): Promise<void> {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("DOMContentLoaded", () => resolve(), { once: true }));
}

async function read(name: string): Promise<unknown> {
  const find = () => document.getElementById(`section-${name}`);
  let element = find();
  if (!element) {
    await wholePage();
    element = find();
  }
  if (!element) return undefined;
  const value = await inflate(element.textContent ?? "");
  // The text is not needed any more, and is as large as the value.
  element.remove();
  values.set(name, value);
  return value;
}

/** The value of a section; undefined where the page has no such section. */
export function load<T>(name: string): Promise<T | undefined> {
  let promise = loaded.get(name);
  if (!promise) {
    promise = read(name);
    loaded.set(name, promise);
  }
  return promise as Promise<T | undefined>;
}

/** Whether the page has a section, once it is read to its end. */
export async function has(name: string): Promise<boolean> {
  await wholePage();
  return values.has(name) || loaded.has(name) || document.getElementById(`section-${name}`) !== null;
}

/** The value of a section in a component: undefined until it is there. */
export function useSection<T>(name: string): T | undefined {
  const [, tell] = useState(0);
  useEffect(() => {
    let live = true;
    if (!values.has(name)) void load(name).then(() => live && tell((count) => count + 1));
    return () => {
      live = false;
    };
  }, [name]);
  return values.get(name) as T | undefined;
}
