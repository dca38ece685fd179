/** Light or dark: chosen by the reader, else by the system. */
import { useEffect, useState } from "preact/hooks";

export type Theme = "light" | "dark";

export function currentTheme(): Theme {
  return document.documentElement.dataset.theme === "dark" ? "dark" : "light";
}

export function switchTheme(): void {
  const theme = currentTheme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("netflix-theme", theme);
  } catch {
    // A page of a file may have no storage: the choice holds until the page is closed.
  }
  dispatchEvent(new Event("themechange"));
}

export function useTheme(): Theme {
  const [theme, set] = useState(currentTheme);
  useEffect(() => {
    const changed = () => set(currentTheme());
    addEventListener("themechange", changed);
    return () => removeEventListener("themechange", changed);
  }, []);
  return theme;
}

/** The value of a color token, for drawings that are no elements. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
