// Every kind of measure under every kind of choice, on a project made for it: what a page shows is what SQL says of the
// rows that the choice leaves. `NETFLIX_PROGRAM` is the program, `CHROMIUM` the browser.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { table } from "./tile.mjs";

/** Each measure by its name: the definition's expression, and SQL for it written by hand. */
const MEASURES = {
  lines: ["count(*)", "count(*)"],
  buyers: ["count(distinct buyer)", "count(distinct buyer)"],
  total: ["sum(amount)", "sum(amount)"],
  average: ["avg(amount)", "avg(amount)"],
  least: ["min(amount)", "min(amount)"],
  most: ["max(amount)", "max(amount)"],
  middle: ["median(amount)", "median(amount)"],
  weighted: ["sum(amount * pieces) / sum(pieces)", "sum(amount * pieces) / nullif(sum(pieces), 0)"],
  each: ["total / buyers", "sum(amount) / nullif(count(distinct buyer), 0)"],
  owed: ["-(total - 2 * lines)", "2 * count(*) - sum(amount)"],
};

const names = Object.keys(MEASURES);
const measures = Object.entries(MEASURES).map(([name, [expression]]) =>
  `            - {name: ${name}, label: ${name}, model: sales, expression: '${expression}', format: '0.0000'}`,
);
const FILES = {
  "project.yml": 'name: kinds\nversion: "1.0"\nprofile: kinds\n',
  "profiles.yml": "kinds:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: dev.duckdb}\n",
  "models/sales.sql": `
    select
        i as id,
        i * 7 % 23 as buyer,
        case i % 5 when 0 then 'web' when 1 then 'shop' when 2 then 'phone' when 3 then '<b>"x"</b>' end as channel,
        case when i % 17 <> 0 then (i * 37 % 101) / 4 - 5 end as amount,
        1 + i % 3 as pieces,
        timestamp '2024-01-01 05:30:00' + to_hours(i * 11) as sold_at
    from range(600) as numbers (i)`,
  "models/board.yml": `exposures:
  - name: board
    type: dashboard
    owner: {name: Ann}
    depends_on: [ref('sales')]
    config:
      meta:
        dashboard:
          title: Board
          measures:
${measures.join("\n")}
          pages:
            - name: first
              title: First
              visuals:
                - {type: slicer, name: channel, title: Channel, model: sales, field: channel}
                - {type: slicer, name: month, title: Month, model: sales, field: sold_at, grain: month}
                - {type: table, name: whole, title: Whole, columns: [{field: pieces, label: pieces}], measures: [${names.join(", ")}]}
                - {type: table, name: channels, title: Channels, columns: [{field: channel, label: channel}], measures: [${names.join(", ")}]}
                - {type: line, name: weeks, title: Weeks, category: {field: sold_at, grain: week, label: week}, measures: [middle, buyers]}
                - {type: bar, name: lying, title: Lying, category: buyer, series: channel, measures: [total], horizontal: true}
                - {type: matrix, name: cross, title: Cross, rows: [channel], columns: [pieces], measures: [buyers]}
                - {type: card, name: free, title: Free, measures: [buyers, middle], ignores: [channel]}
`,
};

const folder = mkdtempSync(join(tmpdir(), "netflix-measures-"));
const run = (...words) => execFileSync(process.env.NETFLIX_PROGRAM, words, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 26 });
const sql = (query) =>
  JSON.parse(run("show", "-q", "--inline-direct", query, "--output", "json", "--limit", "-1")).show.map((row) => Object.values(row));

let browser;
let page;
const problems = [];

before(async () => {
  assert.ok(process.env.NETFLIX_PROGRAM, "NETFLIX_PROGRAM is not set");
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  run("build");
  run("docs", "dashboards");
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  page.setDefaultTimeout(60_000);
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(`file://${join(folder, "target/dashboards.html")}`);
  await page.waitForSelector(".dash-canvas");
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

const number = (text) => (/\d/.test(text) ? Number(text.replace(/[^0-9.-]/g, "")) : null);

/** Rows by their first texts, with their figures; both sides. */
function same(what, shown, expected, texts) {
  const key = (row) => row.slice(0, texts).map((value) => (value === null ? "(blank)" : String(value))).join("|");
  assert.deepEqual(shown.map(key).sort(), expected.map(key).sort(), what);
  const found = new Map(shown.map((row) => [key(row), row.slice(texts).map(number)]));
  for (const row of expected) {
    for (const [at, value] of row.slice(texts).entries()) {
      const own = found.get(key(row))[at];
      const exact = value === null ? null : Number(value);
      const isClose = exact === null ? own === null : Math.abs(own - exact) <= 0.0000501;
      assert.ok(isClose, `${what}, ${key(row)}, ${names[at]}: ${own} is shown, ${exact} expected`);
    }
  }
}

/** Everything on the page, for the rows that a condition leaves. */
async function holds(what, condition, range = "true") {
  const all = names.map((name) => `${MEASURES[name][1]} as ${name}`).join(", ");
  const from = `from sales where (${condition}) and (${range})`;
  same(`${what}: whole`, await table(page, "whole"), sql(`select pieces, ${all} ${from} group by 1`), 1);
  same(`${what}: channels`, await table(page, "channels"), sql(`select channel, ${all} ${from} group by 1`), 1);
  same(
    `${what}: weeks`,
    await table(page, "weeks"),
    sql(`select strftime(date_trunc('week', sold_at), '%-d %b %Y') as w, median(amount) as m, count(distinct buyer) as b ${from} group by 1`),
    1,
  );
  same(`${what}: lying`, await table(page, "lying"), sql(`select buyer, channel, sum(amount) as s ${from} group by 1, 2`), 2);
  const cells = sql(
    `select case when grouping(channel) = 1 then 'All' else coalesce(channel, '(blank)') end as c,
     case when grouping(pieces) = 1 then 'All' else cast(pieces as varchar) end as p, count(distinct buyer) as b
     ${from} group by cube (channel, pieces)`,
  );
  const head = await page.locator('[data-visual="cross"] thead th').allTextContents();
  const cross = (await table(page, "cross")).flatMap(([channel, ...figures]) =>
    figures.flatMap((figure, at) => (number(figure) === null ? [] : [[channel, head[at + 1], figure]])),
  );
  same(`${what}: cross`, cross, cells, 2);
  const free = await page.locator('[data-visual="free"] strong').allTextContents();
  const [[buyers, middle]] = sql(`select count(distinct buyer) as b, median(amount) as m from sales where ${range}`);
  assert.equal(number(free[0]), Number(buyers), `${what}: what ignores a slicer`);
  assert.ok(Math.abs(number(free[1]) - Number(middle)) < 0.0001, `${what}: median of what ignores a slicer`);
}

const pick = (name) => page.locator('[data-visual="channel"] .dash-chip', { hasText: name }).click();

test("without a choice", () => holds("everything", "true"));

test("with one value", async () => {
  await pick("web");
  await holds("web", "channel = 'web'");
});

test("with several values, one of them missing, one of them hostile", async () => {
  await pick("(blank)");
  await pick('<b>"x"</b>');
  await holds("three", `channel = 'web' or channel is null or channel = '<b>"x"</b>'`);
});

test("with a range as well", async () => {
  await page.locator('[data-visual="month"] input.dash-first').focus();
  for (let step = 0; step < 2; step += 1) await page.keyboard.press("ArrowRight");
  await page.locator('[data-visual="month"] input.dash-last').focus();
  await page.keyboard.press("ArrowLeft");
  const months = sql("select distinct date_trunc('month', sold_at) as m from sales order by 1").map((row) => row[0]);
  await holds(
    "range",
    `channel = 'web' or channel is null or channel = '<b>"x"</b>'`,
    `sold_at >= '${months[2]}' and sold_at < '${months.at(-1)}'`,
  );
});

test("nothing went wrong", () => assert.deepEqual(problems, []));
