/**
 * Places the nodes of a graph in columns from left to right: ranks by the longest way, an order in each column with few
 * crossings, and heights near those of the neighbors. All of it is linear but for sorting, so that five thousand nodes
 * take a fraction of a second.
 */

export interface Graph {
  /** How many nodes. */
  size: number;
  /** Parents of each node. */
  parents: number[][];
  /** A band for each node, from 0; where given, nodes of a later band stand right of all of earlier ones. */
  bands?: number[];
}

export interface Layout {
  x: Float64Array;
  y: Float64Array;
  width: number;
  height: number;
  /** Left and right edge of each band that has nodes. */
  bands: { band: number; left: number; right: number }[];
}

export const BOX = { width: 176, height: 30 };
const GAP = { x: 46, y: 14, inner: 14 };
/** A column that is taller is folded into several beside each other. */
const TALL = 60;

export function layout(graph: Graph): Layout {
  const rank = ranks(graph);
  const columns = order(graph, rank);
  const x = new Float64Array(graph.size);
  const y = new Float64Array(graph.size);
  const tallest = Math.max(1, ...columns.map((column) => column.length));
  // The whole is to be about one and a half times as wide as it is high.
  const wanted = Math.sqrt((graph.size * (BOX.width + GAP.inner)) / ((BOX.height + GAP.y) * 1.5));
  const limit = tallest <= TALL ? TALL : Math.max(TALL, Math.ceil(wanted));
  let left = 0;
  const edges: { left: number; right: number }[] = [];
  for (const column of columns) {
    const folds = Math.max(1, Math.ceil(column.length / limit));
    column.forEach((node, place) => {
      x[node] = left + (place % folds) * (BOX.width + GAP.inner);
      y[node] = Math.floor(place / folds) * (BOX.height + GAP.y);
    });
    const right = left + folds * (BOX.width + GAP.inner) - GAP.inner;
    edges.push({ left, right });
    left = right + (column.length > TALL ? GAP.x * 2 : GAP.x);
  }
  if (tallest <= limit) settle(graph, columns, y);
  else center(columns, y);
  let bottom = 0;
  let highest = Infinity;
  for (let node = 0; node < graph.size; node++) {
    highest = Math.min(highest, y[node]);
    bottom = Math.max(bottom, y[node] + BOX.height);
  }
  for (let node = 0; node < graph.size; node++) y[node] -= highest === Infinity ? 0 : highest;
  return { x, y, width: Math.max(BOX.width, edges[edges.length - 1]?.right ?? 0), height: Math.max(BOX.height, bottom - highest), bands: bandsOf(graph, columns, edges) };
}

/** The column of each node. */
function ranks(graph: Graph): Int32Array {
  const rank = new Int32Array(graph.size);
  const children = childrenOf(graph);
  const sorted = topological(graph, children);
  const bands = graph.bands;
  if (bands) {
    // Band by band: a node stands right of its parents in the same band, and of all columns of earlier bands.
    let base = 0;
    for (const band of [...new Set(bands)].sort((a, b) => a - b)) {
      let most = base;
      for (const node of sorted) {
        if (bands[node] !== band) continue;
        rank[node] = base;
        for (const parent of graph.parents[node]) if (bands[parent] === band) rank[node] = Math.max(rank[node], rank[parent] + 1);
        most = Math.max(most, rank[node]);
      }
      base = most + 1;
    }
    return rank;
  }
  for (const node of sorted) for (const parent of graph.parents[node]) rank[node] = Math.max(rank[node], rank[parent] + 1);
  // A root stands just left of the first that reads it.
  for (let at = sorted.length - 1; at >= 0; at--) {
    const node = sorted[at];
    if (graph.parents[node].length > 0 || children[node].length === 0) continue;
    rank[node] = Math.min(...children[node].map((child) => rank[child])) - 1;
  }
  return rank;
}

function childrenOf(graph: Graph): number[][] {
  const children: number[][] = Array.from({ length: graph.size }, () => []);
  graph.parents.forEach((parents, node) => {
    for (const parent of parents) children[parent].push(node);
  });
  return children;
}

function topological(graph: Graph, children: number[][]): number[] {
  const open = graph.parents.map((parents) => parents.length);
  const sorted = open.flatMap((count, node) => (count === 0 ? [node] : []));
  for (let at = 0; at < sorted.length; at++) for (const child of children[sorted[at]]) if (--open[child] === 0) sorted.push(child);
  return sorted;
}

/** The nodes of each column in an order with few crossings: each goes to the mean of its neighbors, back and forth. */
function order(graph: Graph, rank: Int32Array): number[][] {
  const children = childrenOf(graph);
  const columns: number[][] = [];
  for (let node = 0; node < graph.size; node++) (columns[rank[node]] ??= []).push(node);
  const filled: number[][] = Array.from(columns, (column) => column ?? []);
  const place = new Float64Array(graph.size);
  const number = (column: number[]) => column.forEach((node, at) => (place[node] = (at + 0.5) / column.length));
  // At first, in the order in which a walk from the left finds them.
  const seen = new Uint8Array(graph.size);
  const found: number[] = [];
  const stack = filled.flat().reverse();
  while (stack.length > 0) {
    const node = stack.pop() as number;
    if (seen[node]) continue;
    seen[node] = 1;
    found.push(node);
    for (let at = children[node].length - 1; at >= 0; at--) if (!seen[children[node][at]]) stack.push(children[node][at]);
  }
  const foundAt = new Int32Array(graph.size);
  found.forEach((node, at) => (foundAt[node] = at));
  for (const column of filled) {
    column.sort((a, b) => foundAt[a] - foundAt[b]);
    number(column);
  }
  const sweeps = graph.size > 1500 ? 8 : 24;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const down = sweep % 2 === 0;
    const neighbors = down ? graph.parents : children;
    for (let at = 0; at < filled.length; at++) {
      const column = filled[down ? at : filled.length - 1 - at];
      const mean = new Map<number, number>();
      for (const node of column) {
        const near = neighbors[node];
        mean.set(node, near.length === 0 ? place[node] : near.reduce((sum, other) => sum + place[other], 0) / near.length);
      }
      column.sort((a, b) => (mean.get(a) ?? 0) - (mean.get(b) ?? 0) || foundAt[a] - foundAt[b]);
      number(column);
    }
  }
  return filled.filter((column) => column.length > 0);
}

/** Moves nodes to the heights of their neighbors, in the given order and without overlap. */
function settle(graph: Graph, columns: number[][], y: Float64Array): void {
  const children = childrenOf(graph);
  center(columns, y);
  for (let sweep = 0; sweep < 12; sweep++) {
    const down = sweep % 2 === 0;
    const neighbors = down ? graph.parents : children;
    for (let at = 0; at < columns.length; at++) {
      const column = columns[down ? at : columns.length - 1 - at];
      const wanted = column.map((node) => {
        const near = neighbors[node];
        return near.length === 0 ? y[node] : near.reduce((sum, other) => sum + y[other], 0) / near.length;
      });
      spread(wanted, BOX.height + GAP.y).forEach((height, place) => (y[column[place]] = height));
    }
  }
}

/** The places nearest to the wanted ones that keep the order and the distance (pooling of neighbors that collide). */
function spread(wanted: number[], distance: number): number[] {
  const pools: { sum: number; count: number }[] = [];
  wanted.forEach((height, place) => {
    let pool = { sum: height - place * distance, count: 1 };
    while (pools.length > 0) {
      const last = pools[pools.length - 1];
      if (last.sum / last.count <= pool.sum / pool.count) break;
      pools.pop();
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
    }
    pools.push(pool);
  });
  const heights: number[] = [];
  for (const pool of pools) for (let at = 0; at < pool.count; at++) heights.push(pool.sum / pool.count + heights.length * distance);
  return heights;
}

/** Puts the middle of every column at the same height. */
function center(columns: number[][], y: Float64Array): void {
  for (const column of columns) {
    const low = Math.max(...column.map((node) => y[node]));
    for (const node of column) y[node] -= low / 2;
  }
}

function bandsOf(graph: Graph, columns: number[][], edges: { left: number; right: number }[]): Layout["bands"] {
  const found = new Map<number, { band: number; left: number; right: number }>();
  columns.forEach((column, at) => {
    for (const node of column) {
      const band = graph.bands?.[node] ?? at;
      const known = found.get(band);
      if (known) known.right = Math.max(known.right, edges[at].right);
      else found.set(band, { band, ...edges[at] });
      break;
    }
  });
  return [...found.values()];
}
