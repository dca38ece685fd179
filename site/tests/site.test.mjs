// The page in a real browser, driven by clicks and keys. `NETFLIX_PROGRAM` is the program, `CHROMIUM` the browser.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const FILES = {
  "project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\n',
  "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: dev.duckdb, threads: 2}\n",
  "seeds/raw_orders.csv": "id,amount\n1,10\n2,20\n2,30\n",
  "models/staging/stg_orders.sql": "select id, amount from {{ ref('raw_orders') }}",
  "models/marts/orders.sql": "-- rare_word\nselect id, sum(amount) as total from {{ ref('stg_orders') }} group by id",
  "models/marts/plain.sql": "select id as number from {{ ref('orders') }}",
  "models/models.yml":
    "models:\n  - name: stg_orders\n    columns:\n      - name: id\n        data_tests: [{unique: {config: {severity: warn}}}]\n" +
    "  - name: orders\n    description: 'What was **ordered** <img src=x onerror=alert(1)>'\n    columns:\n      - {name: id, description: Number of the order}\n",
};

const folder = mkdtempSync(join(tmpdir(), "netflix-site-"));
let browser;
let page;
const problems = [];

before(async () => {
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const program = process.env.NETFLIX_PROGRAM;
  assert.ok(program, "NETFLIX_PROGRAM is not set");
  for (const words of [["build"], ["docs", "generate"]]) execFileSync(program, words, { cwd: folder });
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  page = await browser.newPage({ viewport: { width: 1300, height: 860 }, colorScheme: "light" });
  page.setDefaultTimeout(60_000);
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || problems.push(`request: ${request.url()}`));
  await page.goto(`file://${join(folder, "target/index.html")}`);
  await page.waitForSelector(".tile");
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

const shown = () => page.locator("main").innerText();

test("the first page counts the nodes and tells of the warning", async () => {
  assert.match(await shown(), /3\s*models/);
  await page.locator("main .pill.warn").first().waitFor();
});

/** Opens the search and types; a person, too, waits for the field. */
async function search(words) {
  await page.keyboard.press("/");
  await page.locator('[role="dialog"] input:focus').waitFor();
  await page.keyboard.type(words);
}

test("the search finds a model, a column and code, by keys alone", async () => {
  await search("orders");
  await page.locator('[role="option"]').first().waitFor();
  assert.match(await page.locator('[role="option"]').first().innerText(), /^orders/);
  await page.keyboard.press("Enter");
  await page.locator("h1", { hasText: "orders" }).waitFor();
  await page.locator('[role="dialog"]').waitFor({ state: "detached" });
  await search("rare_word");
  await page.locator('[role="option"]', { hasText: "SQL" }).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator('[role="dialog"]').count(), 0);
});

test("a description is formatted, and HTML in it is text", async () => {
  assert.equal(await page.locator(".markdown strong").innerText(), "ordered");
  assert.equal(await page.locator(".markdown img").count(), 0);
  assert.match(await shown(), /<img src=x/);
});

test("columns have types, and tests their last results", async () => {
  await page.locator(".tree-row", { hasText: "staging" }).first().waitFor();
  await page.evaluate(() => (location.hash = "#/node/model.shop.stg_orders?tab=columns"));
  await page.locator("td", { hasText: "integer" }).first().waitFor();
  await page.locator("td .dot.warn").waitFor();
});

test("a click on a column shows what it is made of, and leads there", async () => {
  await page.evaluate(() => (location.hash = "#/node/model.shop.orders?tab=columns"));
  await page.getByRole("button", { name: "total", exact: true }).click();
  const flow = page.locator(".flow");
  await flow.locator(".box", { hasText: "raw_orders" }).waitFor();
  assert.equal(await flow.locator(".box").count(), 3);
  const dashes = await flow.locator("path").evaluateAll((paths) => paths.map((path) => path.getAttribute("stroke-dasharray")));
  assert.deepEqual(dashes.sort(), ["2 4", null]);
  await flow.locator(".box", { hasText: "stg_orders" }).getByRole("button", { name: "amount" }).click();
  await page.locator("h1", { hasText: "stg_orders" }).waitFor();
  await page.locator(".flow button.chosen", { hasText: "amount" }).waitFor();
  await page.getByRole("button", { name: "id", exact: true }).first().click();
  await page.locator('[aria-label="Uses beside the value"]', { hasText: "grouped" }).waitFor();
  await page.keyboard.press("Escape");
  await flow.waitFor({ state: "detached" });
});

test("a copied column has the description of its origin", async () => {
  await page.evaluate(() => (location.hash = "#/node/model.shop.plain?tab=columns"));
  await page.locator(".inherited", { hasText: "Number of the order" }).getByRole("link", { name: "orders", exact: true }).click();
  await page.locator("h1", { hasText: "orders" }).waitFor();
  assert.equal(await page.locator(".inherited").count(), 0);
  await page.evaluate(() => (location.hash = "#/node/model.shop.stg_orders?tab=columns"));
  await page.locator("h1", { hasText: "stg_orders" }).waitFor();
});

test("code is shown raw and compiled", async () => {
  await page.getByRole("tab", { name: "Code" }).click();
  await page.locator(".t-jinja", { hasText: "ref" }).waitFor();
  await page.getByRole("button", { name: "Compiled" }).click();
  await page.locator(".code", { hasText: "raw_orders" }).waitFor();
  assert.equal(await page.locator(".t-jinja").count(), 0);
});

test("the arrows walk the lineage", async () => {
  await page.locator(".nav a", { hasText: "Lineage" }).click();
  const canvas = page.locator("canvas");
  await canvas.focus();
  for (let step = 0; step < 4 && (await page.locator(".panel").count()) === 0; step++) await page.keyboard.press("ArrowRight");
  await page.locator(".panel").waitFor();
  const first = await page.locator(".panel").innerText();
  await page.keyboard.press(first.includes("Reads 0") ? "ArrowRight" : "ArrowLeft");
  await page.waitForFunction((before) => document.querySelector(".panel")?.textContent !== before, first);
  await page.keyboard.press("Enter");
  await page.waitForSelector("h1");
});

test("a run has a timeline and a critical path", async () => {
  await page.locator(".nav a", { hasText: "Runs" }).click();
  await page.locator("canvas").waitFor();
  const text = await shown();
  assert.match(text, /critical path, \d node/);
  assert.match(text, /raw_orders/);
});

test("the theme changes", async () => {
  const color = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await color();
  await page.keyboard.press("t");
  assert.notEqual(await color(), light);
});

test("a narrow window holds every page", async () => {
  await page.setViewportSize({ width: 480, height: 860 });
  for (const place of ["", "runs", "node/model.shop.orders"]) {
    await page.goto(page.url().replace(/#.*/, `#/${place}`));
    await page.locator("h1").waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, place);
    const units = page.locator("td.number");
    for (const cell of await units.all()) assert.equal(await cell.evaluate((it) => getComputedStyle(it).whiteSpace), "nowrap");
  }
  await page.getByRole("button", { name: "Search" }).click();
  await page.locator('[role="dialog"] input').waitFor();
  await page.keyboard.press("Escape");
});

test("nothing was fetched, and nothing went wrong", () => assert.deepEqual(problems, []));
