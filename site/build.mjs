// Builds `dist/`: `index.html`, one file with the style, the program and the licenses in it, and `dashboards.js`, which
// a page gets that has dashboards. `--check` builds them anew and fails where a committed file differs.
import { readFile, writeFile, mkdir, rename } from "node:fs/promises";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const folder = dirname(fileURLToPath(import.meta.url));
// In bytes: what a change may add without anybody deciding it.
const LIMITS = { "index.html": 250 * 1024, "dashboards.js": 750 * 1024 };

const options = {
  absWorkingDir: folder,
  outdir: "dist",
  write: false,
  bundle: true,
  minify: true,
  charset: "utf8",
  format: "iife",
  target: ["chrome111", "firefox113", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
};

/** The texts of the licenses and notices of every bundled package, one after the other. */
async function licenses(inputs) {
  const names = new Set();
  for (const input of inputs) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) names.add(found[1]);
  }
  const texts = [];
  for (const name of [...names].sort()) {
    const home = join(folder, "node_modules", name);
    const { version, license } = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
    const found = [];
    for (const file of ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "CopyrightNotice.txt", "NOTICE"]) {
      found.push((await readFile(join(home, file), "utf8").catch(() => "")).trim());
    }
    const text = found.filter(Boolean).join("\n\n");
    if (!text) throw new Error(`the license of ${name} is missing`);
    texts.push(`${name} ${version} (${license})\n\n${text}`);
  }
  // `--` would end the comment that holds them.
  return texts.join("\n\n----------\n\n").replaceAll("--", "- -");
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const find = (result, extension) => result.outputFiles.find((file) => file.path.endsWith(extension)).text.trim();
const inputs = (result) => Object.keys(result.metafile.inputs);

/** The program of the dashboards, which brings its style with it. */
async function dashboards() {
  const style = await esbuild.build({ ...options, entryPoints: ["src/dashboards/dashboards.css"] });
  const define = { DASHBOARDS_STYLE: JSON.stringify(find(style, ".css")) };
  const result = await esbuild.build({ ...options, define, entryPoints: ["src/dashboards/program.tsx"] });
  return { text: find(result, ".js"), inputs: inputs(result) };
}

async function page(program) {
  const result = await esbuild.build({ ...options, entryPoints: ["src/main.tsx", "src/theme/index.css"] });
  const [script, style] = [find(result, ".js"), find(result, ".css")];
  const early = (await readFile(join(folder, "src", "early.js"), "utf8")).trim();
  // Nothing is fetched and nothing runs but what is built here, whatever the project's texts hold.
  const policy = [
    "default-src 'none'",
    `script-src ${hash(early)} ${hash(script)} ${hash(program.text)}`,
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "font-src data:",
    "worker-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const parts = { policy, early, style, script, licenses: await licenses([...inputs(result), ...program.inputs]) };
  const template = await readFile(join(folder, "src", "index.html"), "utf8");
  return template.replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name]);
}

async function build() {
  const program = await dashboards();
  const files = { "index.html": await page(program), "dashboards.js": program.text };
  let differ = false;
  for (const [name, text] of Object.entries(files)) {
    const output = join(folder, "dist", name);
    const size = Buffer.byteLength(text);
    if (size > LIMITS[name]) throw new Error(`site/dist/${name} has ${size} bytes, more than ${LIMITS[name]}`);
    if (process.argv.includes("--check")) {
      const isSame = (await readFile(output, "utf8").catch(() => "")) === text;
      differ ||= !isSame;
      console.log(`site/dist/${name} ${isSame ? "is up to date" : "is not what the sources give"}: ${size} bytes`);
      continue;
    }
    await mkdir(dirname(output), { recursive: true });
    await writeFile(`${output}.new`, text);
    await rename(`${output}.new`, output);
    console.log(`site/dist/${name}: ${size} bytes`);
  }
  if (differ) {
    console.error("run `npm run build` in site/ and commit what it writes");
    process.exit(1);
  }
}

await build();
