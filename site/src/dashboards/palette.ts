// The colours of the charts, read from the page's theme so that they change with it.

export interface Palette {
  ink: string;
  muted: string;
  line: string;
  surface: string;
  accent: string;
  /** For the bars behind a line. */
  quiet: string;
  /** For values that have no order. */
  series: string[];
  /** From little to much; for values that have one. */
  ramp: [string, string];
  font: string;
}

/** The palette that holds for an element. */
export function palette(element: Element): Palette {
  const style = getComputedStyle(element);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ink: read("--dash-ink"),
    muted: read("--dash-muted"),
    line: read("--dash-line"),
    surface: read("--dash-surface"),
    accent: read("--dash-accent"),
    quiet: read("--dash-quiet"),
    series: Array.from({ length: 8 }, (_, index) => read(`--dash-series-${index + 1}`)),
    ramp: [read("--dash-ramp-low"), read("--dash-ramp-high")],
    font: style.fontFamily,
  };
}

function channels(color: string): [number, number, number] {
  const full = color.length === 4 ? color.replace(/[0-9a-f]/gi, "$&$&") : color;
  const value = Number.parseInt(full.slice(1, 7), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** A colour between two (both as `#rrggbb`), at a share from 0 to 1. */
export function between([low, high]: [string, string], share: number): string {
  const [from, to] = [channels(low), channels(high)];
  const at = Math.min(1, Math.max(0, share));
  return `rgb(${from.map((channel, index) => Math.round(channel + ((to[index] ?? 0) - channel) * at)).join(", ")})`;
}

/** Black or white, whichever can be read on a colour that `between` gave. */
export function contrast(color: string): string {
  const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).map(Number);
  const light = (channel: number): number => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * light(red) + 0.7152 * light(green) + 0.0722 * light(blue);
  return luminance > 0.3 ? "#16181d" : "#ffffff";
}

/** A colour for each of so many values of a field. */
export function colors(own: Palette, count: number, isOrdered: boolean): string[] {
  return Array.from({ length: count }, (_, index) =>
    isOrdered ? between(own.ramp, count < 2 ? 1 : index / (count - 1)) : (own.series[index % own.series.length] ?? own.ink),
  );
}
