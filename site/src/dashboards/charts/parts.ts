// Parts of a whole: donut and treemap.
import { colors, contrast } from "../palette";
import { type Drawing, type Hovered, type Option, base, field, figure, hint, label, tooltip } from "./frame";
import { shade } from "./scatter";

const share = new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 1 });

export function donut(drawing: Drawing): Option {
  const { visual, groups, palette } = drawing;
  const own = field(drawing, visual.dimensions[0]);
  const all = colors(palette, own.values.length, own.ordered);
  const total = groups.reduce((sum, group) => sum + (group.values[0] ?? 0), 0);
  const part = (value: number | null | undefined): string => (total > 0 ? share.format((value ?? 0) / total) : "");
  return {
    ...base(drawing),
    tooltip: tooltip(palette, {
      trigger: "item",
      formatter: (hovered: Hovered) => {
        const group = groups[hovered.dataIndex];
        if (!group) return "";
        const lines = visual.values.map((value, index) => ({ name: value.label, figure: figure(value, group.values[index]) }));
        return hint(label(drawing, 0, group.codes[0] ?? -1), [...lines, { name: "Share", figure: part(group.values[0]) }]);
      },
    }),
    series: [
      {
        id: "parts",
        type: "pie",
        radius: drawing.width < 330 ? ["38%", "58%"] : ["50%", "76%"],
        center: ["50%", "50%"],
        minAngle: 2,
        padAngle: groups.length > 1 ? 1.5 : 0,
        itemStyle: { borderRadius: 4 },
        data: groups.map((group) => ({
          name: label(drawing, 0, group.codes[0] ?? -1),
          value: group.values[0] ?? 0,
          itemStyle: { color: all[group.codes[0] ?? 0] ?? palette.ink },
        })),
        label: {
          // A whole has its words in its middle.
          position: groups.length > 1 ? "outside" : "center",
          color: palette.ink,
          fontSize: 12,
          lineHeight: 16,
          overflow: "none",
          formatter: ({ dataIndex, name }: Hovered) => {
            const value = groups[dataIndex]?.values[0];
            return `{name|${name}}\n${figure(visual.values[0], value)}\n${part(value)}`;
          },
          rich: { name: { fontWeight: 600, color: palette.ink, fontSize: 12, lineHeight: 16 } },
        },
        labelLine: { lineStyle: { color: palette.line }, length: 8, length2: 10 },
        emphasis: { scaleSize: 4 },
      },
    ],
  };
}

export function treemap(drawing: Drawing): Option {
  const { visual, groups, palette } = drawing;
  const shaded = visual.values.length > 1 ? 1 : 0;
  const numbers = groups.flatMap((group) => group.values[shaded] ?? []);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return {
    ...base(drawing),
    tooltip: tooltip(palette, {
      trigger: "item",
      formatter: (hovered: Hovered) => {
        const index = typeof hovered.data === "object" ? hovered.data?.group : undefined;
        const group = index === undefined ? undefined : groups[index];
        if (!group) return "";
        return hint(
          label(drawing, 0, group.codes[0] ?? -1),
          visual.values.map((value, position) => ({ name: value.label, figure: figure(value, group.values[position]) })),
        );
      },
    }),
    series: [
      {
        id: "tiles",
        type: "treemap",
        left: 0,
        right: 0,
        top: 0,
        bottom: 0,
        roam: false,
        nodeClick: false,
        breadcrumb: { show: false },
        itemStyle: { gapWidth: 2, borderWidth: 0, borderColor: palette.surface, borderRadius: 3 },
        data: groups.map((group, index) => {
          const color = shade(drawing, group.values[shaded], low, high);
          return {
            name: label(drawing, 0, group.codes[0] ?? -1),
            value: group.values[0] ?? 0,
            group: index,
            itemStyle: { color },
            label: { color: contrast(color) },
          };
        }),
        label: {
          fontSize: 12,
          position: [8, 7],
          overflow: "truncate",
          formatter: ({ name, data }: Hovered) => {
            const index = typeof data === "object" ? data?.group : undefined;
            return `${name}\n${figure(visual.values[0], index === undefined ? null : groups[index]?.values[0])}`;
          },
          lineHeight: 16,
        },
        emphasis: { itemStyle: { borderColor: palette.ink }, label: { fontWeight: 600 } },
      },
    ],
  };
}
