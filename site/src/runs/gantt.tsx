/** When each node ran, one lane for each thread. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { duration, tone } from "../components/parts";
import { title, type Project } from "../data/project";
import type { NodeResult } from "../data/types";
import { go } from "../router";
import { token } from "../shell/theme";

const LANE = 30;
const TOP = 28;
const SIDE = 14;
const COLORS = { good: "--good", warn: "--warn", bad: "--bad", idle: "--idle" };

export function Gantt({ project, results, critical }: { project: Project; results: NodeResult[]; critical: ReadonlySet<number> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [tip, tell] = useState<{ x: number; y: number; text: string } | undefined>();
  const timed = useMemo(() => results.filter((result) => result.start !== undefined && result.end !== undefined), [results]);
  const lanes = useMemo(() => inLanes(timed), [timed]);
  const all = Math.max(1, ...timed.map((result) => result.end ?? 0));
  const height = TOP + lanes.length * LANE + 8;
  const scale = () => ((canvas.current?.clientWidth ?? 600) - 2 * SIDE) / all;
  const paint = () => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const ratio = devicePixelRatio || 1;
    element.width = element.clientWidth * ratio;
    element.height = height * ratio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = `11px ${token("--font")}`;
    const by = scale();
    const step = niceStep(all / Math.max(2, element.clientWidth / 110));
    for (let at = 0; at <= all; at += step) {
      context.fillStyle = token("--border");
      context.fillRect(SIDE + at * by, TOP - 6, 1, height);
      context.fillStyle = token("--ink-3");
      const label = at === 0 ? "0" : duration(at / 1000);
      const from = SIDE + at * by + 4;
      // The last line may stand too near to the edge for its label.
      if (from + context.measureText(label).width <= element.clientWidth) context.fillText(label, from, 15);
    }
    lanes.forEach((lane, number) => {
      for (const result of lane) {
        const [x, y] = [SIDE + (result.start ?? 0) * by, TOP + number * LANE + 4];
        const width = Math.max(1.5, ((result.end ?? 0) - (result.start ?? 0)) * by - 1);
        const isCritical = critical.has(result.node);
        const isTest = project.nodes[result.node].test !== undefined;
        context.globalAlpha = isCritical ? 1 : isTest ? 0.35 : 0.6;
        context.fillStyle = token(isCritical && tone(result.status) !== "bad" ? "--accent" : COLORS[tone(result.status)]);
        context.beginPath();
        context.roundRect(x, y, width, LANE - 8, Math.min(4, width / 2));
        context.fill();
        context.globalAlpha = 1;
        const label = title(project.nodes[result.node]);
        if (width > 46) {
          context.fillStyle = token(isCritical ? "--accent-ink" : "--ink");
          context.save();
          context.clip();
          context.fillText(label, x + 6, y + 15);
          context.restore();
        }
      }
    });
  };
  useEffect(() => {
    paint();
    const observer = new ResizeObserver(paint);
    if (canvas.current) observer.observe(canvas.current);
    addEventListener("themechange", paint);
    return () => {
      observer.disconnect();
      removeEventListener("themechange", paint);
    };
  }, [lanes, critical]);
  const find = (event: MouseEvent): NodeResult | undefined => {
    const lane = lanes[Math.floor((event.offsetY - TOP) / LANE)];
    const at = (event.offsetX - SIDE) / scale();
    const slack = 2 / scale();
    return lane?.find((result) => at >= (result.start ?? 0) - slack && at <= (result.end ?? 0) + slack);
  };
  if (timed.length === 0) return <p class="muted">The results have no times.</p>;
  return (
    <div style={{ position: "relative" }}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Timeline of ${timed.length} nodes in ${lanes.length} threads; the table below has the same figures.`}
        style={{ width: "100%", height: `${height}px`, display: "block", cursor: tip ? "pointer" : "default" }}
        onMouseMove={(event) => {
          const result = find(event);
          tell(result && { x: event.offsetX, y: event.offsetY, text: `${title(project.nodes[result.node])}\n${result.status}, ${duration(result.seconds)}${critical.has(result.node) ? ", on the critical path" : ""}` });
        }}
        onMouseLeave={() => tell(undefined)}
        onClick={(event) => {
          const result = find(event);
          if (result) go("node", project.nodes[result.node].id);
        }}
      />
      {tip && (
        <div class="tip" style={{ left: `${Math.min(tip.x + 12, (canvas.current?.clientWidth ?? 600) - 240)}px`, top: `${tip.y + 14}px` }}>
          {tip.text}
        </div>
      )}
    </div>
  );
}

/** The results of each thread; where threads are not known, each in the first lane that is free. */
function inLanes(results: NodeResult[]): NodeResult[][] {
  const sorted = [...results].sort((a, b) => (a.start ?? 0) - (b.start ?? 0));
  const lanes: NodeResult[][] = [];
  for (const result of sorted) {
    const free = lanes.find((lane) => (lane[lane.length - 1].end ?? 0) <= (result.start ?? 0) && lane[lane.length - 1].thread === result.thread) ?? lanes.find((lane) => (lane[lane.length - 1].end ?? 0) <= (result.start ?? 0));
    if (free) free.push(result);
    else lanes.push([result]);
  }
  return lanes;
}

function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(0.001, least)));
  return ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10) * power;
}
