// Points: where two measures meet, the area of a point being a third.
import { between } from "../palette";
import { type Drawing, type Hovered, type Option, base, figure, hint, label, numbers, tooltip } from "./frame";

export function scatter(drawing: Drawing): Option {
  const { visual, groups, palette } = drawing;
  const at = (role: string): number => visual.values.findIndex((value) => value.role === role);
  const [x, y, size] = [at("x"), at("y"), at("size")];
  const detail = visual.dimensions.findIndex((dimension) => dimension.role === "detail");
  const series = visual.dimensions.findIndex((dimension) => dimension.role === "series");
  const most = Math.max(1, ...groups.map((group) => group.values[size] ?? 0));
  const diameter = (value: number | null | undefined): number =>
    size < 0 ? 10 : 6 + 30 * Math.sqrt(Math.max(0, value ?? 0) / most);
  const name = (group: { codes: number[] }): string => label(drawing, detail, group.codes[detail] ?? -1);
  const points = groups.filter((group) => typeof group.values[x] === "number" && typeof group.values[y] === "number");
  const across = points.map((group) => group.values[x] ?? 0);
  const [first, last] = [Math.min(...across), Math.max(...across)];
  // Where no room is left beside a point, its name stands on the other side.
  const side = (value: number | null | undefined): "left" | "right" =>
    ((value ?? 0) - first) / (last - first || 1) > 0.82 ? "left" : "right";
  const color = palette.series[1] ?? palette.ink;
  return {
    ...base(drawing),
    grid: { left: 4, right: 20, top: 24, bottom: 22, containLabel: true },
    tooltip: tooltip(palette, {
      trigger: "item",
      formatter: (hovered: Hovered) => {
        const group = points[hovered.dataIndex];
        if (!group) return "";
        return hint(
          name(group),
          visual.values.map((value, index) => ({ name: value.label, figure: figure(value, group.values[index]) })),
        );
      },
    }),
    xAxis: numbers(drawing, visual.values[x]?.label ?? "", { nameLocation: "middle", nameGap: 24 }, true),
    yAxis: numbers(drawing, visual.values[y]?.label ?? "", { nameGap: 10, nameTextStyle: { align: "left" } }, true),
    series: [
      {
        id: "points",
        type: "scatter",
        data: points.map((group) => ({
          name: name(group),
          value: [group.values[x], group.values[y]],
          label: { position: side(group.values[x]) },
        })),
        symbolSize: (_: unknown, { dataIndex }: Hovered) => diameter(points[dataIndex]?.values[size]),
        itemStyle: {
          color: ({ dataIndex }: Hovered) => {
            const code = points[dataIndex]?.codes[series];
            return code === undefined || series < 0 ? color : (palette.series[code % palette.series.length] ?? color);
          },
          opacity: 0.72,
          borderColor: palette.surface,
          borderWidth: 1,
        },
        label: {
          show: true,
          formatter: ({ name: own }: Hovered) => own,
          distance: 4,
          color: palette.muted,
          fontSize: 11,
          // Readable across points, too.
          textBorderColor: palette.surface,
          textBorderWidth: 3,
        },
        labelLayout: { hideOverlap: true },
        emphasis: { scale: 1.15, itemStyle: { opacity: 1, color: palette.accent }, label: { color: palette.ink, fontWeight: 600 } },
      },
    ],
  };
}

/** Kept beside the points: a treemap's tile is coloured by its second measure. */
export function shade(drawing: Drawing, value: number | null | undefined, low: number, high: number): string {
  if (value === null || value === undefined) return drawing.palette.line;
  return between(drawing.palette.ramp, high > low ? (value - low) / (high - low) : 0.6);
}
