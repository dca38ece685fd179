// The page of 5,000 models, driven by clicks and keys: it opens at once, and so does the lineage of all of them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const MODELS = 5000;
/** Each model of a layer reads two of the layer before. */
const LAYERS = ["staging", "intermediate", "marts"];

const folder = mkdtempSync(join(tmpdir(), "netflix-large-"));
let browser;
let page;
const problems = [];

before(async () => {
  writeFileSync(join(folder, "project.yml"), 'name: large\nversion: "1.0"\nprofile: large\n');
  writeFileSync(join(folder, "profiles.yml"), "large:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: dev.duckdb}\n");
  const each = Math.ceil(MODELS / LAYERS.length);
  for (let number = 0; number < MODELS; number++) {
    const layer = Math.floor(number / each);
    mkdirSync(join(folder, "models", LAYERS[layer]), { recursive: true });
    const parents = layer === 0 ? [] : [number - each, (layer - 1) * each + ((number * 7) % each)];
    const sql = parents.map((parent) => `select id from {{ ref('model_${parent}') }}`).join("\nunion all\n") || "select 1 as id";
    writeFileSync(join(folder, "models", LAYERS[layer], `model_${number}.sql`), sql);
  }
  const program = process.env.NETFLIX_PROGRAM;
  assert.ok(program, "NETFLIX_PROGRAM is not set");
  for (const words of [["parse"], ["docs", "site"]]) execFileSync(program, words, { cwd: folder });
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  page = await browser.newPage({ viewport: { width: 1300, height: 860 } });
  page.setDefaultTimeout(60_000);
  page.on("pageerror", (error) => problems.push(error.message));
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("the first page opens within seconds, and the file is small", async (context) => {
  const file = join(folder, "target/index.html");
  const begun = Date.now();
  await page.goto(`file://${file}`);
  await page.waitForSelector(".tile");
  const taken = Date.now() - begun;
  context.diagnostic(`${statSync(file).size} bytes, shown after ${taken} ms`);
  assert.ok(taken < 10_000, `${taken} ms`);
  assert.ok(statSync(file).size < 3_000_000);
});

test("the lineage of all models is drawn after a click, and a search leads into it", async (context) => {
  const begun = Date.now();
  await page.getByRole("link", { name: "Lineage", exact: true }).click();
  const canvas = page.getByRole("application", { name: `Lineage of ${MODELS} nodes` });
  await canvas.waitFor();
  // Painted, which a frame or two after the element is there: not one color.
  const count = () => canvas.evaluate((element) => {
    const { data } = element.getContext("2d").getImageData(0, 0, element.width, element.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
  let colors = await count();
  while (colors <= 10 && Date.now() - begun < 5000) {
    await page.waitForTimeout(20);
    colors = await count();
  }
  context.diagnostic(`drawn after ${Date.now() - begun} ms`);
  assert.ok(colors > 10, `${colors} colors`);
  await page.keyboard.press("/");
  await page.locator('[role="dialog"] input:focus').waitFor();
  await page.keyboard.type("model_4321");
  await page.locator('[role="option"]', { hasText: "model_4321" }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator("h1", { hasText: "model_4321" }).waitFor();
});

test("nothing went wrong", () => assert.deepEqual(problems, []));
