import { render } from "preact";
import { openProject } from "./data/project";
import { has } from "./data/sections";
import { Alone } from "./shell/alone";
import { Frame } from "./shell/frame";

const app = document.getElementById("app");

async function start() {
  const project = await openProject();
  if (!app) return;
  app.textContent = "";
  if (project) {
    document.title = `${project.facts.name} · documentation`;
    render(<Frame project={project} />, app);
  } else if (await has("dashboards")) {
    render(<Alone />, app);
  } else {
    app.textContent = "This page holds no project: `netflix docs` writes one that does.";
  }
}

start().catch((error) => {
  if (app) app.textContent = `The data of this page cannot be read: ${error}. A current browser is needed.`;
});
