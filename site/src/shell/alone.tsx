/** The frame around dashboards that stand in a file without the documentation. */
import { Dashboards } from "../dashboards";
import { useRoute } from "../router";
import { Moon, Sun } from "./icons";
import { switchTheme, useTheme } from "./theme";

export function Alone() {
  const route = useRoute();
  const theme = useTheme();
  const path = route.path[0] === "dashboards" ? route.path.slice(1) : [];
  return (
    <main class="alone">
      <button type="button" class="icon-button" onClick={switchTheme} aria-label={theme === "dark" ? "Light theme" : "Dark theme"}>
        {theme === "dark" ? <Sun /> : <Moon />}
      </button>
      <Dashboards path={path} hasNodes={false} />
    </main>
  );
}
