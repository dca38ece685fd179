// Builds `dist/index.html`: one file with the style, the program and the licenses in it. `--check` builds it anew and
// fails where the committed file differs; `--watch` builds on every change.
import { readFile, writeFile, mkdir, rename } from "node:fs/promises";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const folder = dirname(fileURLToPath(import.meta.url));
const output = join(folder, "dist", "index.html");
const LIMIT = 700 * 1024;

const options = {
  absWorkingDir: folder,
  entryPoints: ["src/main.tsx", "src/theme/index.css"],
  outdir: "dist",
  write: false,
  bundle: true,
  minify: true,
  charset: "utf8",
  format: "iife",
  target: ["chrome103", "firefox113", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
};

/** The text of the license of every bundled package, one after the other. */
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
    let text = "";
    for (const file of ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE"]) {
      try {
        text = (await readFile(join(home, file), "utf8")).trim();
        break;
      } catch {
        // The next name.
      }
    }
    if (!text) throw new Error(`the license of ${name} is missing`);
    texts.push(`${name} ${version} (${license})\n\n${text}`);
  }
  // `--` would end the comment that holds them.
  return texts.join("\n\n----------\n\n").replaceAll("--", "- -");
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

async function page(result) {
  const find = (extension) => result.outputFiles.find((file) => file.path.endsWith(extension)).text.trim();
  const [script, style] = [find(".js"), find(".css")];
  const early = (await readFile(join(folder, "src", "early.js"), "utf8")).trim();
  // Nothing is fetched and nothing runs but what is built here, whatever the project's texts hold.
  const policy = [
    "default-src 'none'",
    `script-src ${hash(early)} ${hash(script)}`,
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "font-src data:",
    "worker-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const parts = {
    policy,
    early,
    style,
    script,
    licenses: await licenses(result.metafile),
  };
  const template = await readFile(join(folder, "src", "index.html"), "utf8");
  const html = template.replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name]);
  if (Buffer.byteLength(html) > LIMIT) throw new Error(`the page has ${Buffer.byteLength(html)} bytes, more than ${LIMIT}`);
  return html;
}

async function build() {
  const html = await page(await esbuild.build(options));
  if (process.argv.includes("--check")) {
    const committed = await readFile(output, "utf8").catch(() => "");
    if (committed !== html) {
      console.error("site/dist/index.html is not what the sources give: run `npm run build` in site/ and commit it");
      process.exit(1);
    }
    console.log(`site/dist/index.html is up to date: ${Buffer.byteLength(html)} bytes`);
    return;
  }
  await mkdir(dirname(output), { recursive: true });
  await writeFile(`${output}.new`, html);
  await rename(`${output}.new`, output);
  console.log(`site/dist/index.html: ${Buffer.byteLength(html)} bytes`);
}

await build();
