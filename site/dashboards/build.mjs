// Builds `dist/dashboards.html`: one file with the style, the program and the licenses in it. `--check` builds it anew
// and fails where the committed file differs.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const folder = dirname(fileURLToPath(import.meta.url));
const output = join(folder, "dist", "dashboards.html");
const LIMIT = 900 * 1024;

const result = await esbuild.build({
  absWorkingDir: folder,
  entryPoints: ["main.tsx", "../src/dashboards/dashboards.css"],
  outdir: "dist",
  write: false,
  bundle: true,
  minify: true,
  charset: "utf8",
  format: "iife",
  target: ["chrome111", "firefox113", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  nodePaths: [join(folder, "node_modules")],
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});

/** The texts of the licenses and notices of every bundled package. */
async function licenses(metafile) {
  const names = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) names.add(found[1]);
  }
  const texts = [];
  for (const name of [...names].sort()) {
    const home = join(folder, "node_modules", name);
    const { version, license } = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
    const found = [];
    for (const file of ["LICENSE", "LICENSE.txt", "LICENSE.md", "CopyrightNotice.txt", "NOTICE"]) {
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
const find = (extension) => result.outputFiles.find((file) => file.path.endsWith(extension)).text.trim();
const [script, style] = [find(".js"), find(".css")];
// Nothing is fetched and nothing runs but what is built here, whatever the project's texts hold.
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  "style-src 'unsafe-inline'",
  "img-src data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
const parts = { policy, style, script, licenses: await licenses(result.metafile) };
const template = await readFile(join(folder, "index.html"), "utf8");
const html = template.replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name]);
const size = Buffer.byteLength(html);
if (size > LIMIT) throw new Error(`the page has ${size} bytes, more than ${LIMIT}`);
if (process.argv.includes("--check")) {
  if ((await readFile(output, "utf8").catch(() => "")) !== html) {
    console.error("site/dashboards/dist/dashboards.html is not what the sources give: run `npm run build` and commit it");
    process.exit(1);
  }
  console.log(`site/dashboards/dist/dashboards.html is up to date: ${size} bytes`);
} else {
  await mkdir(dirname(output), { recursive: true });
  await writeFile(`${output}.new`, html);
  await rename(`${output}.new`, output);
  console.log(`site/dashboards/dist/dashboards.html: ${size} bytes`);
}
