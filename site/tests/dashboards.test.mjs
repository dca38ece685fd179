// The dashboards of this repository's project in a real browser, from the written file: every figure that a page shows
// is compared with SQL on the marts, before and after slicers are used.
//
// NETFLIX_PROGRAM is the program, CHROMIUM the browser. PROJECT may name a folder that is built already, VARS its
// `--vars`; else the sample is built in a folder of its own. SHOTS may name a folder for screenshots.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { table } from "./tile.mjs";

const { NETFLIX_PROGRAM, CHROMIUM = "/usr/bin/chromium", PROJECT, VARS = "{}", SHOTS } = process.env;
const repository = join(dirname(fileURLToPath(import.meta.url)), "../..");
const folder = PROJECT ?? mkdtempSync(join(tmpdir(), "netflix-dashboards-"));
const CONCAT = "fct_user_behaviour_genres_concat";

const run = (...words) =>
  execFileSync(NETFLIX_PROGRAM, [...words, "--vars", VARS], { cwd: folder, encoding: "utf8", maxBuffer: 1 << 28 });

/** The rows that a query gives, as arrays. */
function sql(query) {
  const told = run("show", "-q", "--inline-direct", query, "--output", "json", "--limit", "-1");
  return JSON.parse(told).show.map((row) => Object.values(row));
}

let browser;
let page;
const problems = [];

before(async () => {
  assert.ok(NETFLIX_PROGRAM, "NETFLIX_PROGRAM is not set");
  if (!PROJECT) {
    for (const name of ["project.yml", "profiles.yml", "models", "macros", "seeds", "snapshots", "analyses", "sample"]) {
      cpSync(join(repository, name), join(folder, name), { recursive: true });
    }
    run("build");
  }
  run("docs", "generate");
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, colorScheme: "light" });
  page.setDefaultTimeout(60_000);
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || problems.push(`request: ${request.url()}`));
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
});

after(async () => {
  await browser?.close();
  if (!PROJECT) rmSync(folder, { recursive: true, force: true });
});

const address = (file, name) => `${pathToFileURL(join(folder, "target", file))}#/dashboards/netflix_movie_analytics/${name}`;

async function open(name, file = "index.html") {
  await page.goto(address(file, name));
  await page.reload();
  await page.waitForSelector(".dash-canvas");
  await settled();
}

async function settled() {
  await page.waitForFunction(() => [...document.querySelectorAll(".dash-chart")].every((chart) => chart.dataset.drawn));
}

async function shot(name) {
  if (!SHOTS) return;
  await settled();
  // Longer than a chart takes to move to its new figures.
  await page.waitForTimeout(900);
  const height = await page.evaluate(() => {
    const main = document.querySelector("main");
    return main.scrollHeight + document.querySelector(".dashboards").getBoundingClientRect().top - main.getBoundingClientRect().top + 70;
  });
  await page.setViewportSize({ width: 1440, height: Math.round(Math.max(700, height)) });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
  await page.setViewportSize({ width: 1440, height: 1000 });
}

const number = (text) => Number(text.replace(/[^0-9.-]/g, ""));
const card = async (name) => number(await page.textContent(`[data-visual="${name}"] strong`));

function close(shown, expected, what) {
  const exact = Number(expected);
  assert.ok(Math.abs(shown - exact) <= (Number.isInteger(exact) ? 0 : 0.00501), `${what}: ${shown} is shown, ${exact} expected`);
}

/** Shown rows against a query's: texts are equal, figures are equal to the last digit shown. */
function same(name, shown, expected, texts) {
  assert.equal(shown.length, expected.length, `${name}: ${shown.length} rows are shown, ${expected.length} expected`);
  assert.ok(expected.length > 0, `${name}: the query gives rows`);
  const key = (row) => row.slice(0, texts).map((value) => String(value)).join("|");
  const found = new Map(shown.map((row) => [key(row), row]));
  assert.equal(found.size, shown.length, `${name}: no row is there twice`);
  for (const row of expected) {
    const own = found.get(key(row));
    assert.ok(own, `${name}: no row ${key(row)}`);
    assert.equal(own.length, row.length, `${name}: columns`);
    for (let at = texts; at < row.length; at += 1) close(number(own[at]), row[at], `${name}, ${key(row)}, column ${at}`);
  }
  console.log(`  ${name}: ${expected.length} rows are equal`);
}

/** Cards against the columns of one row. */
async function cards(names, query) {
  const [row] = sql(query);
  assert.equal(row.length, names.length);
  for (const [at, name] of names.entries()) {
    close(await card(name), row[at], name);
    console.log(`  ${name}: ${await page.textContent(`[data-visual="${name}"] strong`)} = ${row[at]}`);
  }
}

test("home", async () => {
  await open("home");
  await cards(
    ["users", "ratings", "movies", "average_rating"],
    `select count(distinct user_id) as u, count(*) as n, count(distinct movie_id) as m, avg(rating) as a from ${CONCAT}`,
  );
  same(
    "ratings_by_quarter",
    await table(page, "ratings_by_quarter"),
    sql(`select year(rating_timestamp) || ' Q' || quarter(rating_timestamp) as q, count(*) as n, avg(rating) as a from ${CONCAT} group by 1`),
    1,
  );
  await shot("home-light");
  await page.click('[data-visual="to_audience"]');
  await page.locator("h1", { hasText: "Audience Analytics" }).waitFor();
});

async function audience(condition) {
  await cards(
    ["users", "movies", "average_rating"],
    `select count(distinct user_id) as u, count(distinct movie_id) as m, avg(rating) as a from ${CONCAT} where ${condition}`,
  );
  await cards(["genres"], `select count(distinct genre_name) as g from fct_user_behaviour_genres where ${condition}`);
  same(
    "ratings_over_time",
    await table(page, "ratings_over_time"),
    sql(`select strftime(rating_timestamp, '%b %Y') as m, count(*) as n, avg(rating) as a from ${CONCAT} where ${condition} group by 1`),
    1,
  );
  same(
    "ratings_by_genre",
    await table(page, "ratings_by_genre"),
    sql(`select genre_name, count(*) as n, avg(rating) as a from fct_user_behaviour_genres where ${condition} group by 1`),
    1,
  );
  same(
    "ratings_by_engagement",
    await table(page, "ratings_by_engagement"),
    sql(`select cast(rated_year as varchar) as y, engagement_level as e, count(*) as n from ${CONCAT} where ${condition} group by 1, 2`),
    2,
  );
  await matrix(condition);
}

/** The matrix with its totals, cell by cell. */
async function matrix(condition) {
  const cells = sql(
    `select coalesce(engagement_level, 'All') as l, coalesce(cast(rated_month as varchar), 'All') as m, avg(rating) as a
     from ${CONCAT} where ${condition} group by cube (engagement_level, rated_month)`,
  );
  const head = await page.locator('[data-visual="engagement_by_month"] thead th').allTextContents();
  const shown = new Map();
  for (const [level, ...figures] of await table(page, "engagement_by_month")) {
    for (const [at, figure] of figures.entries()) if (/\d/.test(figure)) shown.set(`${level}/${head[at + 1]}`, number(figure));
  }
  assert.equal(shown.size, cells.length, "cells of the matrix");
  for (const [level, month, average] of cells) close(shown.get(`${level}/${month}`), average, `matrix ${level} ${month}`);
  console.log(`  engagement_by_month: ${cells.length} cells are equal`);
}

test("audience: everything, a level, a period", async () => {
  await open("audience");
  await audience("true");
  await shot("audience-before");
  const before = await card("users");
  await page.click('[data-visual="engagement"] button:has-text("Super-High-Engagement")');
  await audience("engagement_level = 'Super-High-Engagement'");
  assert.ok((await card("users")) < before);
  const first = page.locator('[data-visual="period"] input.dash-first');
  await first.focus();
  for (let step = 0; step < 12; step += 1) await page.keyboard.press("ArrowRight");
  const months = sql(`select distinct cast(date_trunc('month', rating_timestamp) as date) as m from ${CONCAT} order by 1`).map((row) => row[0]);
  await audience(`engagement_level = 'Super-High-Engagement' and rating_timestamp >= '${months[12]}'`);
  await shot("audience-after");
  await page.click('[data-visual="engagement"] .dash-clear');
  await audience(`rating_timestamp >= '${months[12]}'`);
});

async function tags(condition) {
  await cards(["tags", "best_average"], `select count(*) as n, max(weighted_avg_rating) as a from fct_tag_performance where ${condition}`);
  await cards(["tagged_movies"], `select count(distinct movie_id) as m from int_tag_movie_link where ${condition}`);
  const from = `from fct_tag_performance where ${condition}`;
  same("top_tags", await table(page, "top_tags"), sql(`select tag, weighted_avg_rating, movies_with_tag, total_ratings_on_tagged_movies ${from}`), 1);
  same(
    "rating_and_popularity",
    await table(page, "rating_and_popularity"),
    sql(`select tag, total_ratings_on_tagged_movies, weighted_avg_rating, movies_with_tag ${from}`),
    1,
  );
  same("volume", await table(page, "volume"), sql(`select tag, total_ratings_on_tagged_movies ${from} order by 2 desc, lower(tag) limit 40`), 1);
}

test("tags: everything, and three of them", async () => {
  await open("tags");
  await tags("true");
  const profiles = sql("select title, top_tags_list from dim_movie_tag_profile order by 1 nulls last, 2 limit 200");
  assert.deepEqual(await table(page, "profiles"), profiles);
  console.log(`  profiles: ${profiles.length} rows are equal`);
  await shot("tags-before");
  const chosen = sql("select tag from fct_tag_performance order by 1 limit 3").map((row) => row[0]);
  await page.click('[data-visual="tag"] .dash-list-button');
  const offered = await page.locator('[data-visual="tag"] li').allTextContents();
  assert.deepEqual(offered.sort(), sql("select tag from fct_tag_performance").map((row) => row[0]).sort(), "the slicer's values are its model's");
  await shot("tags-list");
  for (const tag of chosen) await page.locator('[data-visual="tag"] label', { hasText: new RegExp(`^${tag.replace(/[.*+?()[\]]/g, "\\$&")}$`) }).click();
  await page.keyboard.press("Escape");
  await tags(`tag in (${chosen.map((tag) => `'${tag.replaceAll("'", "''")}'`).join(", ")})`);
  await shot("tags-after");
});

async function recommendations(condition) {
  const from = `from fct_movie_recommendations where ${condition}`;
  const average = "sum(avg_rating * rating_count) / sum(rating_count)";
  await cards(
    ["recommended_movies", "ratings_of_recommended", "average_of_recommended"],
    `select count(distinct movie_id) as m, sum(rating_count) as n, ${average} as a ${from}`,
  );
  same("movies_by_category", await table(page, "movies_by_category"), sql(`select recommendation_category, count(*) as n ${from} group by 1`), 1);
  same("average_by_category", await table(page, "average_by_category"), sql(`select recommendation_category, ${average} as a ${from} group by 1`), 1);
  same(
    "by_genres",
    await table(page, "by_genres"),
    sql(`select genres_string, count(*) as m, sum(rating_count) as n, ${average} as a ${from} group by 1 order by 2 desc, lower(genres_string) limit 100`),
    1,
  );
  const columns = "title, genres_string, recommendation_category, rating_count, avg_rating";
  const expected = sql(`select ${columns} ${from} order by avg_rating desc, title, genres_string limit 100`);
  const shown = await table(page, "movies");
  same("movies", shown, expected, 3);
  assert.deepEqual(shown.map((row) => row[0]), expected.map((row) => row[0]), "the order of the movies");
}

test("recommendations: everything, and one category", async () => {
  await open("recommendations");
  await recommendations("true");
  await shot("recommendations-before");
  await page.click('[data-visual="category"] button:has-text("evergreen")');
  await recommendations("recommendation_category = 'evergreen'");
  await shot("recommendations-after");
  await page.click('[data-visual="category"] .dash-clear');
  // A click on the last bar chooses its category.
  await settled();
  await page.waitForTimeout(900);
  const names = (await table(page, "average_by_category")).map((row) => row[0]);
  await settled();
  await page.waitForTimeout(900);
  const chart = page.locator('[data-visual="average_by_category"] .dash-chart');
  const { width, height } = await chart.boundingBox();
  await chart.click({ position: { x: width - 6 - (width - 28) / (2 * names.length), y: height * 0.6 } });
  assert.deepEqual(await page.locator('[data-visual="category"] [aria-pressed="true"]').allTextContents(), [names.at(-1)]);
  await recommendations(`recommendation_category = '${names.at(-1)}'`);
});

test("a chart tells its figures to the pointer", async () => {
  await open("audience");
  const chart = page.locator('[data-visual="ratings_by_genre"] .dash-chart');
  const { width, height } = await chart.boundingBox();
  await chart.hover({ position: { x: width / 2, y: height / 2 } });
  const hint = page.locator('[data-visual="ratings_by_genre"] .dash-hint');
  await hint.waitFor();
  const [[ratings, average]] = sql(
    `select count(*) as n, avg(rating) as a from fct_user_behaviour_genres where genre_name = '${await hint.locator("b").textContent()}'`,
  );
  const [first, second] = await hint.locator("td:last-child").allTextContents();
  close(number(first), ratings, "ratings in the hint");
  close(number(second), average, "average in the hint");
  await shot("hint");
});

test("a visual says where its figures come from, and the way leads to the model", async () => {
  await open("audience");
  const tile = page.locator('[data-visual="ratings_over_time"]');
  assert.match(await tile.locator("footer").textContent(), /built (just now|\d+ (minute|hour|day)s? ago)/);
  await tile.locator("button[aria-controls]").click();
  const words = await tile.locator(".dash-panel").textContent();
  for (const word of [CONCAT, "Period", "src_ratings", "raw_ratings", "UTC"]) assert.ok(words.includes(word), `${word} in ${words}`);
  await shot("origin");
  await tile.locator(".dash-panel a", { hasText: CONCAT }).click();
  await page.locator("h1", { hasText: CONCAT }).waitFor();
});

test("dark is drawn", async () => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.evaluate(() => localStorage.clear());
  for (const name of ["home", "audience", "tags", "recommendations"]) {
    await open(name);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    await shot(`${name}-dark`);
  }
  await page.emulateMedia({ colorScheme: "light" });
});

test("a narrow screen has everything in reach", async () => {
  await page.setViewportSize({ width: 420, height: 900 });
  for (const name of ["home", "audience", "tags", "recommendations"]) {
    await open(name);
    const [has, shows] = await page.evaluate(() => {
      const main = document.querySelector("main");
      return [main.scrollWidth, main.clientWidth];
    });
    assert.ok(has <= shows, `${name}: ${has} pixels wide, ${shows} shown`);
    if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}-narrow.png`) });
  }
  await page.setViewportSize({ width: 1440, height: 1000 });
});

test("they stand in a file of their own, too", async () => {
  run("docs", "dashboards");
  await open("audience", "dashboards.html");
  await cards(["users"], `select count(distinct user_id) as u from ${CONCAT}`);
  await shot("alone");
  await page.click('[aria-label="Dark theme"]');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
});

test("they open quickly", async () => {
  for (const file of ["index.html", "dashboards.html"]) {
    await page.goto("about:blank");
    const started = Date.now();
    await page.goto(address(file, "audience"));
    await page.waitForSelector(".dash-canvas");
    await settled();
    const took = Date.now() - started;
    console.log(`  ${file}: ${statSync(join(folder, "target", file)).size} bytes, four charts drawn after ${took} ms`);
    assert.ok(took < 10_000);
  }
});

test("nothing was fetched, and nothing went wrong", () => assert.deepEqual(problems, []));
