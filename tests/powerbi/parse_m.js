// Parses the M documents that stand, as a JSON list of {name, text}, on the standard input; prints those that are wrong.
// `npm ci` in this folder brings the parser; NODE_PATH may name another place.
let parser;
try {
  parser = require("@microsoft/powerquery-parser");
} catch (error) {
  if (error.code !== "MODULE_NOT_FOUND") throw error;
  console.error("M is not checked: @microsoft/powerquery-parser is missing; `npm ci --ignore-scripts` in tests/powerbi brings it");
  process.exit(1);
}
const { DefaultSettings, TaskUtils } = parser;

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const wrong = [];
  for (const { name, text } of JSON.parse(Buffer.concat(chunks).toString())) {
    const task = await TaskUtils.tryLexParse(DefaultSettings, text);
    if (!TaskUtils.isParseStageOk(task)) wrong.push({ name, reason: String(task.error && task.error.message) });
  }
  console.log(JSON.stringify(wrong));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
