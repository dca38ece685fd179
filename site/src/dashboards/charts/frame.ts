// What all charts share: their axes, legend and tooltip.
import type { Dashboard, Dimension, Field, Value, Visual } from "../data";
import type { Group } from "../evaluate";
import { number, short, text } from "../format";
import type { Palette } from "../palette";

/** What a chart is drawn from. */
export interface Drawing {
  dashboard: Dashboard;
  visual: Visual;
  /** In the order in which they are shown. */
  groups: Group[];
  palette: Palette;
  /** The width of the chart in pixels. */
  width: number;
}

export type Option = Record<string, unknown>;

export function field(drawing: Pick<Drawing, "dashboard">, dimension: Dimension | undefined): Field {
  const found = dimension && drawing.dashboard.fields[dimension.field];
  return found ?? { name: "", grain: null, type: "text", ordered: false, values: [] };
}

/** The label of a group's value in a dimension. */
export function label(drawing: Pick<Drawing, "dashboard" | "visual">, dimension: number, code: number): string {
  const own = field(drawing, drawing.visual.dimensions[dimension]);
  return text(own.values[code], own);
}

export const escape = (words: string): string =>
  words.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** A tooltip's text: a heading, and lines of a name and a figure. */
export function hint(heading: string, lines: { color?: string; name: string; figure: string }[]): string {
  const rows = lines.map(({ color, name, figure }) => {
    const dot = color ? `<i style="background:${escape(color)}"></i>` : "<i></i>";
    return `<tr><td>${dot}${escape(name)}</td><td>${escape(figure)}</td></tr>`;
  });
  return `<div class="dash-hint"><b>${escape(heading)}</b><table>${rows.join("")}</table></div>`;
}

export function tooltip(palette: Palette, extra: Option): Option {
  return {
    confine: true,
    backgroundColor: palette.surface,
    borderColor: palette.line,
    borderWidth: 1,
    padding: 0,
    extraCssText: "border-radius:8px;box-shadow:0 6px 24px rgb(0 0 0 / 18%)",
    textStyle: { color: palette.ink, fontFamily: palette.font, fontSize: 12 },
    ...extra,
  };
}

export function base(drawing: Drawing): Option {
  const { palette } = drawing;
  return {
    animationDuration: 350,
    animationDurationUpdate: 350,
    textStyle: { fontFamily: palette.font, color: palette.ink },
    aria: { enabled: false },
  };
}

const LEGEND_LINE = 20;

/** How many lines a legend takes, by a guess of its names' widths. */
function legendLines(names: string[], width: number): number {
  return Math.ceil(names.reduce((sum, name) => sum + 34 + 6.6 * name.length, 0) / Math.max(1, width));
}

/** The height of a legend; where it would take too much of the chart, it is one line that is turned over. */
export function legendHeight(names: string[], width: number): number {
  const lines = legendLines(names, width);
  return 8 + LEGEND_LINE * (lines > 2 ? 1 : lines);
}

export function legend(palette: Palette, names: string[], width: number): Option {
  return {
    data: names,
    type: legendLines(names, width) > 2 ? "scroll" : "plain",
    top: 0,
    left: 0,
    itemWidth: 10,
    itemHeight: 10,
    itemGap: 14,
    icon: "roundRect",
    textStyle: { color: palette.muted, fontSize: 12 },
    pageIconColor: palette.ink,
    pageIconInactiveColor: palette.line,
    pageTextStyle: { color: palette.muted },
    inactiveColor: palette.line,
  };
}

/** An axis of names or dates. */
export function categories(drawing: Drawing, names: string[], extra: Option = {}): Option {
  const { palette } = drawing;
  return {
    type: "category",
    data: names,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: palette.line } },
    axisLabel: { color: palette.muted, fontSize: 11, hideOverlap: true },
    ...extra,
  };
}

/** An axis of numbers; `tight` lets it begin above zero, for averages. */
export function numbers(drawing: Drawing, name: string, extra: Option = {}, tight = false): Option {
  const { palette } = drawing;
  const { nameTextStyle, ...others } = extra;
  return {
    type: "value",
    name,
    nameTextStyle: { color: palette.muted, fontSize: 11, ...(nameTextStyle as Option | undefined) },
    scale: tight,
    splitNumber: 4,
    axisLabel: { color: palette.muted, fontSize: 11, formatter: short },
    splitLine: { lineStyle: { color: palette.line, opacity: 0.7 } },
    ...others,
  };
}

export function figure(value: Value | undefined, own: number | null | undefined): string {
  return number(own, value?.format ?? "");
}

export interface Hovered {
  dataIndex: number;
  seriesIndex: number;
  color: string;
  name: string;
  data: { group?: number } | number | null;
}
