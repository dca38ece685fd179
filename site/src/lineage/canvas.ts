/** Draws a placed graph on a canvas, with zoom and pan; small nodes are drawn plainly, so that thousands are quick. */
import { token } from "../shell/theme";
import { BOX, type Layout } from "./layout";

export interface Drawn {
  layout: Layout;
  /** Parents of each node, as places in this drawing. */
  parents: number[][];
  labels: string[];
  /** Names of CSS variables. */
  colors: string[];
  /** Letter or word of the kind, shown when there is room. */
  kinds: string[];
  /** Titles of the bands, by number. */
  headings: Map<number, string>;
}

interface Camera {
  x: number;
  y: number;
  scale: number;
}

export class Drawing {
  private readonly context: CanvasRenderingContext2D;
  private camera: Camera = { x: 0, y: 0, scale: 1 };
  private drawn: Drawn | undefined;
  private children: number[][] = [];
  private lit: Set<number> | undefined;
  private chosen: number | undefined;
  private hovered: number | undefined;
  private frame = 0;
  private readonly tokens = new Map<string, string>();
  private readonly cut = new Map<string, string>();

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.context = canvas.getContext("2d") as CanvasRenderingContext2D;
  }

  show(drawn: Drawn): void {
    this.drawn = drawn;
    this.children = drawn.parents.map(() => []);
    drawn.parents.forEach((parents, node) => {
      for (const parent of parents) this.children[parent].push(node);
    });
    this.lit = undefined;
    this.chosen = undefined;
    this.hovered = undefined;
    this.draw();
  }

  /** New colors for the same places. */
  recolor(colors: string[]): void {
    if (this.drawn) this.drawn.colors = colors;
    this.draw();
  }

  themeChanged(): void {
    this.tokens.clear();
    this.draw();
  }

  /** Lights up a node with all that it comes from and all that comes from it. */
  choose(node: number | undefined): void {
    this.chosen = node;
    this.lit = node === undefined ? undefined : this.family(node);
    this.draw();
  }

  hover(node: number | undefined): void {
    if (node === this.hovered) return;
    this.hovered = node;
    this.draw();
  }

  private family(node: number): Set<number> {
    const found = new Set([node]);
    for (const next of [this.drawn?.parents ?? [], this.children]) {
      const stack = [node];
      const seen = new Set(stack);
      while (stack.length > 0) {
        for (const other of next[stack.pop() as number]) {
          if (seen.has(other)) continue;
          seen.add(other);
          found.add(other);
          stack.push(other);
        }
      }
    }
    return found;
  }

  resize(): void {
    const box = this.canvas.getBoundingClientRect();
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(box.width * ratio));
    this.canvas.height = Math.max(1, Math.round(box.height * ratio));
    this.draw();
  }

  /** Shows all, never larger than life. */
  fit(): void {
    const layout = this.drawn?.layout;
    if (!layout) return;
    const { width, height } = this.canvas.getBoundingClientRect();
    const scale = Math.min(1.15, (width - 60) / layout.width, (height - 110) / layout.height);
    this.camera = { scale, x: (width - layout.width * scale) / 2, y: (height - layout.height * scale) / 2 + 4 };
    this.draw();
  }

  /** Brings a node into the middle, at a readable size. */
  center(node: number, scale = Math.max(this.camera.scale, 0.9)): void {
    const layout = this.drawn?.layout;
    if (!layout) return;
    const { width, height } = this.canvas.getBoundingClientRect();
    this.camera = { scale, x: width / 2 - (layout.x[node] + BOX.width / 2) * scale, y: height / 2 - (layout.y[node] + BOX.height / 2) * scale };
    this.draw();
  }

  /** Brings a node into sight, if it is not. */
  reveal(node: number): void {
    const layout = this.drawn?.layout;
    if (!layout) return;
    const { width, height } = this.canvas.getBoundingClientRect();
    const [x, y] = [layout.x[node] * this.camera.scale + this.camera.x, layout.y[node] * this.camera.scale + this.camera.y];
    if (x < 10 || y < 40 || x + BOX.width * this.camera.scale > width - 10 || y > height - 50) this.center(node, this.camera.scale);
  }

  zoom(factor: number, x?: number, y?: number): void {
    const box = this.canvas.getBoundingClientRect();
    const [at, down] = [x ?? box.width / 2, y ?? box.height / 2];
    const scale = Math.min(2.5, Math.max(0.01, this.camera.scale * factor));
    const by = scale / this.camera.scale;
    this.camera = { scale, x: at - (at - this.camera.x) * by, y: down - (down - this.camera.y) * by };
    this.draw();
  }

  pan(x: number, y: number): void {
    this.camera.x += x;
    this.camera.y += y;
    this.draw();
  }

  /** The node at a point of the canvas. */
  at(x: number, y: number): number | undefined {
    const layout = this.drawn?.layout;
    if (!layout) return undefined;
    const [left, top] = [(x - this.camera.x) / this.camera.scale, (y - this.camera.y) / this.camera.scale];
    const slack = Math.min(6, 2 / this.camera.scale);
    for (let node = 0; node < layout.x.length; node++) {
      const [right, down] = [left - layout.x[node], top - layout.y[node]];
      if (right >= -slack && right <= BOX.width + slack && down >= -slack && down <= BOX.height + slack) return node;
    }
    return undefined;
  }

  /** The nearest node in a direction, for the arrow keys: along edges sideways, in the same column up and down. */
  next(node: number, key: string): number | undefined {
    const drawn = this.drawn;
    if (!drawn) return undefined;
    const { x, y } = drawn.layout;
    const nearest = (candidates: number[]) => candidates.reduce<number | undefined>((best, one) => (best === undefined || Math.abs(y[one] - y[node]) < Math.abs(y[best] - y[node]) ? one : best), undefined);
    if (key === "ArrowLeft") return nearest(drawn.parents[node]);
    if (key === "ArrowRight") return nearest(this.children[node]);
    const same = drawn.labels.map((_, other) => other).filter((other) => Math.abs(x[other] - x[node]) < 1 && (key === "ArrowUp" ? y[other] < y[node] : y[other] > y[node]));
    return nearest(same);
  }

  draw(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  private color(name: string): string {
    let color = this.tokens.get(name);
    if (color === undefined) {
      color = token(name) || "#888";
      this.tokens.set(name, color);
    }
    return color;
  }

  private paint(): void {
    const { context, drawn, camera } = this;
    const ratio = devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (!drawn) return;
    context.setTransform(ratio * camera.scale, 0, 0, ratio * camera.scale, ratio * camera.x, ratio * camera.y);
    const width = this.canvas.width / ratio;
    const height = this.canvas.height / ratio;
    const seen = { left: -camera.x / camera.scale, top: -camera.y / camera.scale, right: (width - camera.x) / camera.scale, bottom: (height - camera.y) / camera.scale };
    this.paintBands(drawn, seen);
    this.paintEdges(drawn, seen);
    if (camera.scale < 0.42) this.paintSmall(drawn, seen);
    else this.paintNodes(drawn, seen);
  }

  private paintBands(drawn: Drawn, seen: Seen): void {
    if (drawn.headings.size === 0) return;
    const { context, camera } = this;
    context.textBaseline = "alphabetic";
    drawn.layout.bands.forEach((band, number) => {
      const heading = drawn.headings.get(band.band);
      if (!heading) return;
      if (number % 2 === 0) {
        context.fillStyle = this.color("--sunken");
        context.globalAlpha = 0.55;
        context.fillRect(band.left - 24, seen.top, band.right - band.left + 48, seen.bottom - seen.top);
        context.globalAlpha = 1;
      }
      context.fillStyle = this.color("--ink-3");
      context.font = `600 ${12 / camera.scale}px ${this.color("--font")}`;
      const room = (band.right - band.left + 40) * camera.scale;
      if (room < 40) return;
      context.fillText(this.fitted(heading, room / camera.scale, context.font), band.left - 8, seen.top + 24 / camera.scale);
    });
  }

  private curve(layout: Layout, from: number, to: number): void {
    const [x1, y1] = [layout.x[from] + BOX.width, layout.y[from] + BOX.height / 2];
    const [x2, y2] = [layout.x[to], layout.y[to] + BOX.height / 2];
    const reach = Math.max(28, Math.min(160, Math.abs(x2 - x1) / 2));
    this.context.moveTo(x1, y1);
    this.context.bezierCurveTo(x1 + reach, y1, x2 - reach, y2, x2, y2);
  }

  private paintEdges(drawn: Drawn, seen: Seen): void {
    const { context, camera, lit, hovered } = this;
    const { layout } = drawn;
    const bright: [number, number][] = [];
    const touches = new Set<number>();
    if (hovered !== undefined) touches.add(hovered);
    context.beginPath();
    let count = 0;
    for (let node = 0; node < drawn.parents.length; node++) {
      for (const parent of drawn.parents[node]) {
        const top = Math.min(layout.y[node], layout.y[parent]);
        const bottom = Math.max(layout.y[node], layout.y[parent]) + BOX.height;
        if (bottom < seen.top || top > seen.bottom || layout.x[parent] > seen.right || layout.x[node] + BOX.width < seen.left) continue;
        if ((lit?.has(node) && lit.has(parent)) || touches.has(node) || touches.has(parent)) bright.push([parent, node]);
        else {
          this.curve(layout, parent, node);
          count++;
        }
      }
    }
    context.strokeStyle = this.color("--border-strong");
    context.globalAlpha = lit ? 0.25 : count > 4000 ? 0.28 : count > 800 ? 0.5 : 0.95;
    context.lineWidth = Math.max(1.1, 0.55 / camera.scale);
    context.stroke();
    context.globalAlpha = 1;
    context.beginPath();
    for (const [parent, node] of bright) this.curve(layout, parent, node);
    context.strokeStyle = this.color("--accent");
    context.lineWidth = Math.max(1.6, 1.1 / camera.scale);
    context.stroke();
  }

  /** Far away: plain rectangles, color by color. */
  private paintSmall(drawn: Drawn, seen: Seen): void {
    const { context } = this;
    const { layout } = drawn;
    const groups = new Map<string, number[]>();
    for (let node = 0; node < drawn.labels.length; node++) {
      if (layout.x[node] > seen.right || layout.x[node] + BOX.width < seen.left || layout.y[node] > seen.bottom || layout.y[node] + BOX.height < seen.top) continue;
      const faint = this.lit && !this.lit.has(node);
      const key = `${faint ? "~" : ""}${drawn.colors[node]}`;
      const group = groups.get(key);
      if (group) group.push(node);
      else groups.set(key, [node]);
    }
    for (const [key, nodes] of groups) {
      context.globalAlpha = key.startsWith("~") ? 0.18 : 1;
      context.fillStyle = this.color(key.replace("~", ""));
      context.beginPath();
      for (const node of nodes) context.rect(layout.x[node], layout.y[node], BOX.width, BOX.height);
      context.fill();
    }
    context.globalAlpha = 1;
    for (const node of [this.hovered, this.chosen]) {
      if (node === undefined) continue;
      context.strokeStyle = this.color("--ink");
      context.lineWidth = 2 / this.camera.scale;
      context.strokeRect(layout.x[node], layout.y[node], BOX.width, BOX.height);
    }
  }

  private paintNodes(drawn: Drawn, seen: Seen): void {
    const { context } = this;
    const { layout } = drawn;
    context.textBaseline = "middle";
    const font = `500 12.5px ${this.color("--font")}`;
    for (let node = 0; node < drawn.labels.length; node++) {
      const [x, y] = [layout.x[node], layout.y[node]];
      if (x > seen.right || x + BOX.width < seen.left || y > seen.bottom || y + BOX.height < seen.top) continue;
      const faint = this.lit !== undefined && !this.lit.has(node);
      context.globalAlpha = faint ? 0.4 : 1;
      context.beginPath();
      context.roundRect(x, y, BOX.width, BOX.height, 7);
      context.fillStyle = this.color(node === this.chosen ? "--accent-soft" : "--surface");
      context.fill();
      context.strokeStyle = this.color(node === this.chosen ? "--accent" : node === this.hovered ? "--ink-3" : "--border-strong");
      context.lineWidth = node === this.chosen ? 2 : 1;
      context.stroke();
      context.beginPath();
      context.roundRect(x + 9, y + BOX.height / 2 - 5, 10, 10, 3);
      context.fillStyle = this.color(drawn.colors[node]);
      context.fill();
      context.fillStyle = this.color("--ink");
      context.font = font;
      context.fillText(this.fitted(drawn.labels[node], BOX.width - 36, font), x + 27, y + BOX.height / 2 + 0.5);
    }
    context.globalAlpha = 1;
  }

  /** The text, cut in its middle where it is too long: both ends of a model's name say something. */
  private fitted(text: string, width: number, font: string): string {
    const key = `${Math.round(width)} ${font.slice(0, 12)} ${text}`;
    let cut = this.cut.get(key);
    if (cut !== undefined) return cut;
    const { context } = this;
    context.font = font;
    cut = text;
    if (context.measureText(text).width > width) {
      let keep = text.length;
      do {
        keep--;
        cut = `${text.slice(0, Math.ceil(keep * 0.6))}…${text.slice(text.length - Math.floor(keep * 0.4))}`;
      } while (keep > 2 && context.measureText(cut).width > width);
    }
    this.cut.set(key, cut);
    return cut;
  }
}

interface Seen {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
