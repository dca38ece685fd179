// The parts of Apache ECharts that the dashboards draw with. This module is imported when the first chart is shown, and
// not before.
import { BarChart, LineChart, PieChart, ScatterChart, TreemapChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type ECharts, type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
  AriaComponent,
  BarChart,
  GridComponent,
  LegendComponent,
  LineChart,
  PieChart,
  SVGRenderer,
  ScatterChart,
  TooltipComponent,
  TreemapChart,
]);

/** A chart in an element, drawn as SVG: sharp at every size, and printable. */
export function open(element: HTMLElement): ECharts {
  return init(element, null, { renderer: "svg" });
}

export type { ECharts, EChartsCoreOption };
