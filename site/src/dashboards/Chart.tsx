// A chart in its tile: loads the library when it is first needed, follows its size and the theme, and stays readable
// without eyes through the table of the same figures beside it.
import { useEffect, useRef, useState } from "preact/hooks";
import { option } from "./charts/option";
import type { Dashboard, Visual } from "./data";
import type { ECharts } from "./echarts";
import type { Group } from "./evaluate";
import { palette } from "./palette";

interface Properties {
  dashboard: Dashboard;
  visual: Visual;
  groups: Group[];
  /** What the chart is of, for those who do not see it. */
  summary: string;
  /** Changes when the theme does. */
  theme: string;
  /** A value of a dimension was clicked. */
  onPick: (field: number, code: number) => void;
}

interface Size {
  width: number;
  height: number;
}

export function Chart({ dashboard, visual, groups, summary, theme, onPick }: Properties) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const [size, setSize] = useState<Size | null>(null);
  const [problem, setProblem] = useState("");
  const latest = useRef({ groups, onPick });
  latest.current = { groups, onPick };

  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    let isGone = false;
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize((old) => (old && old.width === width && old.height === height ? old : { width, height }));
    });
    import("./echarts")
      .then(({ open }) => {
        if (isGone) return;
        chart.current = open(element);
        chart.current.on("click", (event) => {
          const picked = pick(visual, latest.current.groups, event as Clicked);
          if (picked) latest.current.onPick(...picked);
        });
        observer.observe(element);
      })
      .catch((error: unknown) => setProblem(`The chart cannot be drawn: ${String(error)}`));
    return () => {
      isGone = true;
      observer.disconnect();
      chart.current?.dispose();
      chart.current = null;
    };
  }, [visual]);

  useEffect(() => {
    const element = holder.current;
    if (!element || !chart.current || !size) return;
    chart.current.resize();
    chart.current.setOption(option({ dashboard, visual, groups, palette: palette(element), width: size.width }), {
      replaceMerge: ["series", "xAxis", "yAxis"],
    });
    element.dataset["drawn"] = "true";
  }, [dashboard, visual, groups, theme, size]);

  if (problem) return <p class="dash-problem">{problem}</p>;
  return <div class="dash-chart" ref={holder} role="img" aria-label={summary} />;
}

interface Clicked {
  dataIndex: number;
  seriesIndex: number;
  name: string;
}

/** The field and value behind a click on a part or a bar. */
function pick(visual: Visual, groups: Group[], clicked: Clicked): [number, number] | null {
  const at = visual.dimensions.findIndex(({ role }) => role === "category" || role === "detail");
  const dimension = visual.dimensions[at];
  if (!dimension) return null;
  const codes = visual.type === "treemap" ? groups.map((group) => group.codes[at]) : [...new Set(groups.map((group) => group.codes[at]))];
  // A treemap counts its root as the first.
  const code = codes[visual.type === "treemap" ? clicked.dataIndex - 1 : clicked.dataIndex];
  return code === undefined ? null : [dimension.field, code];
}
