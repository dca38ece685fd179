// Bars (side by side or stacked), lines, and bars with lines on a second axis.
import { colors } from "../palette";
import { type Drawing, type Hovered, type Option, base, categories, field, figure, hint, label, legend, legendHeight, numbers, tooltip } from "./frame";

interface Series {
  name: string;
  value: number;
  /** The code in the series' dimension, if there is one. */
  code: number | null;
  kind: "bar" | "line";
}

/** A chart with a category axis. */
export function cartesian(drawing: Drawing): Option {
  const { visual, groups, palette } = drawing;
  const categoryAt = visual.dimensions.findIndex((dimension) => dimension.role === "category");
  const seriesAt = visual.dimensions.findIndex((dimension) => dimension.role === "series");
  const own = field(drawing, visual.dimensions[categoryAt]);
  const codes = inOrder(groups.map((group) => group.codes[categoryAt] ?? -1));
  const names = codes.map((code) => (categoryAt < 0 ? "All" : label(drawing, categoryAt, code)));
  const isFlat = lies(drawing, names);
  const series = seriesOf(drawing, seriesAt);
  const shades = shadesOf(drawing, series, seriesAt);
  const find = new Map(
    groups.map((group) => [`${group.codes[categoryAt] ?? -1}/${seriesAt < 0 ? "" : group.codes[seriesAt]}`, group.values]),
  );
  const at = (code: number, one: Series): number | null =>
    find.get(`${code}/${one.code ?? ""}`)?.[one.value] ?? null;
  const isCombo = series.some((one) => one.kind === "bar") && series.some((one) => one.kind === "line");
  const isStacked = visual.stacked && seriesAt >= 0;
  const bars = series.filter((one) => one.kind === "bar");
  const isTight = bars.length === 0;
  const title = (kind: Series["kind"]): string => {
    const labels = new Set(series.filter((one) => one.kind === kind).map((one) => visual.values[one.value]?.label ?? ""));
    return [...labels].join(", ");
  };
  const longest = Math.max(0, ...names.map((name) => name.length));
  const isTilted = !isFlat && own.type === "text" && names.length * (6 + Math.min(longest, 18) * 5.6) > drawing.width - (isCombo ? 90 : 60);
  const category = categories(drawing, names, {
    inverse: isFlat,
    boundaryGap: bars.length > 0,
    axisLabel: {
      color: palette.muted,
      fontSize: 11,
      hideOverlap: !isTilted,
      interval: isTilted ? 0 : isFlat ? 0 : "auto",
      rotate: isTilted ? 40 : 0,
      width: isFlat ? 150 : 110,
      overflow: own.type === "text" ? "truncate" : "none",
    },
  });
  const first = numbers(drawing, isFlat ? "" : title(bars.length > 0 ? "bar" : "line"), axisName("left"), isTight);
  const second = numbers(drawing, title("line"), { splitLine: { show: false }, ...axisName("right") }, true);
  const showsLegend = series.length > 1;
  const shown = series.map((one) => one.name);
  return {
    ...base(drawing),
    grid: { left: 4, right: isFlat ? 24 : 6, top: (showsLegend ? legendHeight(shown, drawing.width) : 4) + (isFlat ? 0 : 20), bottom: 2, containLabel: true },
    legend: showsLegend ? legend(palette, shown, drawing.width) : { show: false },
    tooltip: tooltip(palette, {
      trigger: "axis",
      axisPointer: { type: bars.length > 0 ? "shadow" : "line", lineStyle: { color: palette.line }, shadowStyle: { color: palette.line, opacity: 0.35 } },
      formatter: (hovered: Hovered[]) => {
        const index = hovered[0]?.dataIndex ?? 0;
        const lines = hovered.flatMap((one) => {
          const its = series[one.seriesIndex];
          const value = its && at(codes[index] ?? -1, its);
          if (!its || value === null || value === undefined) return [];
          return [{ color: shades[one.seriesIndex] ?? "", name: its.name, figure: figure(visual.values[its.value], value) }];
        });
        return hint(names[index] ?? "", lines);
      },
    }),
    xAxis: isFlat ? first : category,
    yAxis: isFlat ? category : isCombo ? [first, second] : first,
    series: series.map((one, index) => ({
      id: one.name,
      name: one.name,
      type: one.kind,
      data: codes.map((code) => at(code, one)),
      itemStyle: {
        color: shades[index],
        borderRadius: one.kind === "bar" && !isStacked ? (isFlat ? [0, 3, 3, 0] : [3, 3, 0, 0]) : 0,
      },
      ...(one.kind === "bar"
        ? { barMaxWidth: isFlat ? 22 : 44, barCategoryGap: "28%", stack: isStacked ? "all" : undefined }
        : {
            yAxisIndex: isCombo && !isFlat ? 1 : 0,
            lineStyle: { width: 2, color: shades[index] },
            symbol: "circle",
            symbolSize: codes.length > 40 ? 0 : 6,
            showSymbol: codes.length <= 40,
            connectNulls: false,
            z: 3,
          }),
      emphasis: { focus: "series", blurScope: "coordinateSystem" },
    })),
  };
}

const axisName = (align: "left" | "right"): Option => ({ nameGap: 10, nameTextStyle: { align } });

/** The codes of the categories, each once, as the groups bring them. */
function inOrder(codes: number[]): number[] {
  return [...new Set(codes)];
}

/** Whether the bars lie: names that are too many or too long to stand below bars. */
function lies(drawing: Drawing, names: string[]): boolean {
  const { visual } = drawing;
  const own = field(drawing, visual.dimensions.find((dimension) => dimension.role === "category"));
  if (visual.type !== "bar" || own.type !== "text") return false;
  return visual.horizontal || names.length > 8;
}

function seriesOf(drawing: Drawing, seriesAt: number): Series[] {
  const { visual, groups } = drawing;
  const kind = (index: number): Series["kind"] => {
    if (visual.type === "line") return "line";
    return visual.values[index]?.role === "line" ? "line" : "bar";
  };
  if (seriesAt < 0) {
    return visual.values.map((value, index) => ({ name: value.label, value: index, code: null, kind: kind(index) }));
  }
  const codes = inOrder(groups.map((group) => group.codes[seriesAt] ?? -1)).sort((a, b) => a - b);
  return visual.values.flatMap((value, index) =>
    codes.map((code) => {
      const name = label(drawing, seriesAt, code);
      return { name: visual.values.length > 1 ? `${name}: ${value.label}` : name, value: index, code, kind: kind(index) };
    }),
  );
}

/** A value keeps its colour when a slicer takes others away. */
function shadesOf(drawing: Drawing, series: Series[], seriesAt: number): string[] {
  const { palette, visual } = drawing;
  if (seriesAt >= 0) {
    const own = field(drawing, visual.dimensions[seriesAt]);
    const all = colors(palette, own.values.length, own.ordered || own.type === "number" || own.type === "date");
    return series.map((one) => all[one.code ?? 0] ?? palette.ink);
  }
  const isCombo = series.some((one) => one.kind === "bar") && series.some((one) => one.kind === "line");
  let lines = 0;
  return series.map((one, index) => {
    if (!isCombo) return palette.series[index % palette.series.length] ?? palette.ink;
    if (one.kind === "bar") return palette.quiet;
    lines += 1;
    return lines === 1 ? palette.accent : (palette.series[lines] ?? palette.ink);
  });
}
