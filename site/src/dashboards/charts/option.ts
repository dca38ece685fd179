// Which chart a visual is.
import { cartesian } from "./cartesian";
import type { Drawing, Option } from "./frame";
import { donut, treemap } from "./parts";
import { scatter } from "./scatter";

export function option(drawing: Drawing): Option {
  switch (drawing.visual.type) {
    case "scatter":
      return scatter(drawing);
    case "donut":
      return donut(drawing);
    case "treemap":
      return treemap(drawing);
    default:
      return cartesian(drawing);
  }
}
