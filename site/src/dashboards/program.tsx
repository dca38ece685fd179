// The program that draws dashboards, built as a file of its own: what the page calls it by.
import { render } from "preact";
import { DashboardView, type Properties } from "./View";

/** What `dashboards.js` brings. */
export interface Program {
  /** Shows a page of a dashboard in an element, or changes what it shows. */
  show: (holder: Element, properties: Properties) => void;
  /** Takes away what an element shows. */
  leave: (holder: Element) => void;
}

declare global {
  interface Window {
    netflixDashboards?: Program;
  }
  /** The style, put in by `build.mjs`. */
  const DASHBOARDS_STYLE: string;
}

const style = document.createElement("style");
style.textContent = DASHBOARDS_STYLE;
document.head.append(style);

window.netflixDashboards = {
  show: (holder, properties) => render(<DashboardView {...properties} />, holder),
  leave: (holder) => render(null, holder),
};
