// Opens the written page in Chromium, from the file, and compares what it shows with SQL on the marts, before and after
// slicers are used. Environment: NETFLIX (the program), PROJECT (a built project), VARS (its `--vars`), CHROMIUM,
// SHOTS (a folder for screenshots, optional).
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { NETFLIX = "netflix", PROJECT = "../..", VARS = "{}", CHROMIUM = "/usr/bin/chromium", SHOTS } = process.env;
const run = (...words) =>
  execFileSync(NETFLIX, [...words, "--vars", VARS], { cwd: PROJECT, encoding: "utf8", maxBuffer: 1 << 28 });

/** The rows that a query gives, as arrays. */
function sql(query) {
  const out = run("show", "-q", "--inline-direct", query, "--output", "json", "--limit", "-1");
  const parsed = JSON.parse(out.slice(out.indexOf("{") < 0 || (out.indexOf("[") >= 0 && out.indexOf("[") < out.indexOf("{")) ? out.indexOf("[") : out.indexOf("{")));
  const rows = Array.isArray(parsed) ? parsed : (parsed.show ?? parsed.preview ?? parsed.results);
  return rows.map((row) => Object.values(row));
}

let browser;
let page;
const problems = [];

before(async () => {
  run("docs", "dashboards");
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) problems.push(`a request to ${request.url()}`);
  });
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
});

after(() => browser?.close());

async function open(name) {
  await page.goto(`${pathToFileURL(join(PROJECT, "target", "dashboards.html"))}#/netflix_movie_analytics/${name}`);
  await page.reload();
  await page.waitForSelector(".dash-canvas");
  await settled();
}

async function settled() {
  await page.waitForFunction(() => [...document.querySelectorAll(".dash-chart")].every((chart) => chart.dataset.drawn));
  await page.waitForTimeout(600);
}

async function shot(name) {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}

const number = (text) => Number(text.replace(/[^0-9.-]/g, ""));
const card = async (name) => number(await page.textContent(`[data-visual="${name}"] strong`));

/** The rows of a visual's table, the charts' being behind a button. */
async function table(name) {
  const tile = page.locator(`[data-visual="${name}"]`);
  const button = tile.locator("button[aria-pressed]");
  if ((await button.count()) > 0 && (await button.getAttribute("aria-pressed")) === "false") await button.click();
  const rows = await tile.locator("tbody tr").evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
  if ((await button.count()) > 0) await button.click();
  return rows;
}

/** Shown rows against a query's: texts are equal, figures are equal to the last digit shown. */
function same(shown, expected, texts) {
  assert.equal(shown.length, expected.length, `${shown.length} rows are shown, ${expected.length} expected`);
  assert.ok(expected.length > 0, "the query gives rows");
  const key = (row) => row.slice(0, texts).join("|");
  const found = new Map(shown.map((row) => [key(row), row]));
  for (const row of expected) {
    const own = found.get(key(row));
    assert.ok(own, `no row ${key(row)}`);
    for (let at = texts; at < row.length; at += 1) close(number(own[at]), row[at], `${key(row)}, column ${at}: ${own[at]}`);
  }
}

function close(shown, expected, what) {
  const exact = Number(expected);
  assert.ok(Math.abs(shown - exact) <= (Number.isInteger(exact) ? 0 : 0.00501), `${what} is shown, ${exact} expected`);
}

const CONCAT = "fct_user_behaviour_genres_concat";
const MONTH = "strftime(rating_timestamp, '%b %Y')";

async function audience(condition) {
  const [[users, movies, average]] = sql(
    `select count(distinct user_id), count(distinct movie_id), avg(rating) from ${CONCAT} where ${condition}`,
  );
  close(await card("users"), users, "users");
  close(await card("movies"), movies, "movies");
  close(await card("average_rating"), average, "average rating");
  close(await card("genres"), sql(`select count(distinct genre_name) from fct_user_behaviour_genres where ${condition}`)[0][0], "genres");
  same(
    await table("ratings_over_time"),
    sql(`select ${MONTH} as m, count(*) as n, avg(rating) as a from ${CONCAT} where ${condition} group by 1`),
    1,
  );
  same(
    await table("ratings_by_genre"),
    sql(`select genre_name, count(*) as n, avg(rating) as a from fct_user_behaviour_genres where ${condition} group by 1`),
    1,
  );
  same(
    await table("ratings_by_engagement"),
    sql(`select cast(rated_year as varchar) as y, engagement_level as e, count(*) as n from ${CONCAT} where ${condition} group by 1, 2`),
    2,
  );
  const cells = sql(`select engagement_level, rated_month, avg(rating) from ${CONCAT} where ${condition} group by 1, 2`);
  const months = [...new Set(cells.map((cell) => Number(cell[1])))].sort((a, b) => a - b);
  const matrix = new Map((await table("engagement_by_month")).map((row) => [row[0], row.slice(1)]));
  assert.equal(matrix.size, new Set(cells.map((cell) => cell[0])).size);
  for (const [level, month, value] of cells) close(number(matrix.get(level)[months.indexOf(Number(month))]), value, `${level} ${month}`);
}

test("home", async () => {
  await open("home");
  const [[users, ratings, movies, average]] = sql(
    `select count(distinct user_id), count(*), count(distinct movie_id), avg(rating) from ${CONCAT}`,
  );
  close(await card("users"), users, "users");
  close(await card("ratings"), ratings, "ratings");
  close(await card("movies"), movies, "movies");
  close(await card("average_rating"), average, "average rating");
  same(
    await table("ratings_by_quarter"),
    sql(`select year(rating_timestamp) || ' Q' || quarter(rating_timestamp) as q, count(*) as n, avg(rating) as a from ${CONCAT} group by 1`),
    1,
  );
  await shot("home-light");
  await page.click('[data-visual="to_audience"]');
  assert.equal(await page.textContent("h1"), "Audience Analytics");
});

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
  await settled();
  await shot("audience-after");
  await page.click('[data-visual="engagement"] .dash-clear');
  await audience(`rating_timestamp >= '${months[12]}'`);
});

async function tags(condition) {
  close(await card("tags"), sql(`select count(*) from fct_tag_performance where ${condition}`)[0][0], "tags");
  close(await card("tagged_movies"), sql(`select count(distinct movie_id) from int_tag_movie_link where ${condition}`)[0][0], "movies");
  close(await card("best_average"), sql(`select max(weighted_avg_rating) from fct_tag_performance where ${condition}`)[0][0], "best");
  const columns = "tag, weighted_avg_rating, movies_with_tag, total_ratings_on_tagged_movies";
  same(await table("top_tags"), sql(`select ${columns} from fct_tag_performance where ${condition}`), 1);
  same(
    await table("rating_and_popularity"),
    sql(`select tag, total_ratings_on_tagged_movies, weighted_avg_rating, movies_with_tag from fct_tag_performance where ${condition}`),
    1,
  );
  same(
    await table("volume"),
    sql(`select tag, total_ratings_on_tagged_movies from fct_tag_performance where ${condition} order by 2 desc, lower(tag) limit 40`),
    1,
  );
}

test("tags: everything, and three of them", async () => {
  await open("tags");
  await tags("true");
  const profiles = sql("select title, top_tags_list from dim_movie_tag_profile order by 1 nulls last, 2 limit 200");
  assert.deepEqual(await table("profiles"), profiles);
  await shot("tags-before");
  const chosen = sql("select tag from fct_tag_performance order by 1 limit 3").map((row) => row[0]);
  await page.click('[data-visual="tag"] .dash-list-button');
  for (const tag of chosen) await page.locator('[data-visual="tag"] label', { hasText: new RegExp(`^${tag.replace(/[.*+?()[\]]/g, "\\$&")}$`) }).click();
  await page.keyboard.press("Escape");
  await tags(`tag in (${chosen.map((tag) => `'${tag.replaceAll("'", "''")}'`).join(", ")})`);
  await settled();
  await shot("tags-after");
});

async function recommendations(condition) {
  const from = `from fct_movie_recommendations where ${condition}`;
  const [[movies, ratings, average]] = sql(
    `select count(distinct movie_id), sum(rating_count), sum(avg_rating * rating_count) / sum(rating_count) ${from}`,
  );
  close(await card("recommended_movies"), movies, "movies");
  close(await card("ratings_of_recommended"), ratings, "ratings");
  close(await card("average_of_recommended"), average, "average");
  same(await table("movies_by_category"), sql(`select recommendation_category, count(*) ${from} group by 1`), 1);
  same(
    await table("average_by_category"),
    sql(`select recommendation_category, sum(avg_rating * rating_count) / sum(rating_count) ${from} group by 1`),
    1,
  );
  same(
    await table("by_genres"),
    sql(
      `select genres_string, count(*), sum(rating_count), sum(avg_rating * rating_count) / sum(rating_count) ${from} group by 1 order by 2 desc, lower(genres_string) limit 100`,
    ),
    1,
  );
  const rows = await table("movies");
  same(
    rows.map((row) => [row[0], ...row.slice(2)]),
    sql(
      `select title, recommendation_category, rating_count, avg_rating ${from} order by avg_rating desc, title, genres_string limit 100`,
    ),
    2,
  );
}

test("recommendations: everything, and one category", async () => {
  await open("recommendations");
  await recommendations("true");
  await shot("recommendations-before");
  await page.click('[data-visual="category"] button:has-text("evergreen")');
  await recommendations("recommendation_category = 'evergreen'");
  await settled();
  await shot("recommendations-after");
});

test("a visual says where its figures come from, and dark is drawn", async () => {
  await open("audience");
  await page.click('[data-visual="ratings_over_time"] button[aria-controls]');
  const words = await page.textContent('[data-visual="ratings_over_time"] .dash-panel');
  for (const word of [CONCAT, "Period", "src_ratings", "raw_ratings", "UTC"]) assert.ok(words.includes(word), `${word} in ${words}`);
  await shot("origin");
  await page.emulateMedia({ colorScheme: "dark" });
  for (const name of ["home", "audience", "tags", "recommendations"]) {
    await open(name);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    await shot(`${name}-dark`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  assert.deepEqual(problems, []);
});

test("it opens quickly", async () => {
  const started = Date.now();
  await page.goto("about:blank");
  await open("audience");
  const took = Date.now() - started - 1200;
  console.log(`audience page drawn in ${took} ms`);
  assert.ok(took < 10_000);
});
