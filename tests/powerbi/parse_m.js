// Parses the M documents that stand, as a JSON list of {name, text}, on the standard input; prints those that are wrong.
// The parser is found through NODE_PATH.
const { DefaultSettings, ResultUtils, TaskUtils } = require("@microsoft/powerquery-parser");

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
