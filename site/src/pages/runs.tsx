/** The last runs: how long, what was in the way, and each result. */
import { useMemo, useState } from "preact/hooks";
import { Card, NodeLink, Segments, Status, count, duration, moment } from "../components/parts";
import type { Project } from "../data/project";
import { useSection } from "../data/sections";
import type { Results } from "../data/types";
import { replace } from "../router";
import { criticalPath } from "../runs/critical";
import { Gantt } from "../runs/gantt";

export function RunsPage({ project, query }: { project: Project; query: Record<string, string> }) {
  const results = useSection<Results>("results");
  const [sorting, sort] = useState<"time" | "start">("time");
  const number = Math.min(Number(query.run ?? 0), Math.max(0, (results?.runs.length ?? 1) - 1)) || 0;
  const own = useMemo(() => results?.results.filter((result) => result.run === number) ?? [], [results, number]);
  const critical = useMemo(() => criticalPath(project, own), [project, own]);
  const on = useMemo(() => new Set(critical.path.map((result) => result.node)), [critical]);
  const sorted = useMemo(() => [...own].sort((a, b) => (sorting === "time" ? b.seconds - a.seconds : (a.start ?? 0) - (b.start ?? 0))).slice(0, 500), [own, sorting]);
  if (!results) return <div class="page muted">Loading…</div>;
  const run = results.runs[number];
  if (!run || own.length === 0) {
    return (
      <div class="page">
        <h1>Runs</h1>
        <p class="muted">No run has left results: `netflix build` does.</p>
      </div>
    );
  }
  const busy = own.reduce((sum, result) => sum + result.seconds, 0);
  const threads = new Set(own.map((result) => result.thread)).size;
  return (
    <div class="page stack" style={{ maxWidth: "none" }}>
      <div class="spread">
        <div>
          <h1>{run.command ?? "Run"}</h1>
          <p class="muted">
            {moment(run.ended)}
            {own.length < run.count && `; ${count(run.count - own.length, "result")} of it replaced by later runs`}
          </p>
        </div>
        {results.runs.length > 1 && (
          <Segments label="Run" value={String(number)} options={results.runs.slice(0, 6).map((one, at): [string, string] => [String(at), one.command ?? String(at)])} choose={(value) => replace("runs", { run: value })} />
        )}
      </div>
      <div class="tiles">
        <div class="tile">
          <b>{duration(run.elapsed)}</b>
          <span>from begin to end</span>
        </div>
        <div class="tile">
          <b>{duration(critical.seconds)}</b>
          <span>critical path, {count(critical.path.length, "node")}</span>
        </div>
        <div class="tile">
          <b>{duration(busy)}</b>
          <span>work in {count(threads, "thread")}</span>
        </div>
        <div class="tile">
          <b>{own.length.toLocaleString("en")}</b>
          <span>nodes</span>
        </div>
      </div>
      <Card heading="Timeline" aside={<span class="muted">Red bars are the critical path: no number of threads makes the run quicker than it</span>}>
        <Gantt project={project} results={own} critical={on} />
      </Card>
      <Card heading="Critical path">
        <ol style={{ margin: 0, paddingLeft: "22px" }}>
          {critical.path.map((result) => (
            <li key={result.node}>
              <span class="row">
                <NodeLink project={project} place={result.node} />
                <span class="muted number" style={{ marginLeft: "auto" }}>
                  {duration(result.seconds)}
                </span>
              </span>
            </li>
          ))}
        </ol>
      </Card>
      <Card heading="Nodes" flush aside={<Segments label="Order" value={sorting} options={[["time", "Slowest first"], ["start", "In order"]]} choose={sort} />}>
        <table>
          <thead>
            <tr>
              <th>Node</th>
              <th>Status</th>
              <th class="number">Began</th>
              <th class="number">Took</th>
              <th class="number">Rows</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((result) => (
              <tr key={result.node}>
                <td>
                  <span class="row">
                    <NodeLink project={project} place={result.node} />
                  </span>
                </td>
                <td>
                  <Status status={result.status} />
                </td>
                <td class="number">{result.start !== undefined && duration(result.start / 1000)}</td>
                <td class="number">{duration(result.seconds)}</td>
                <td class="number">{(result.failures ?? result.rows)?.toLocaleString("en")}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {own.length > sorted.length && <p class="body muted">and {own.length - sorted.length} more</p>}
      </Card>
    </div>
  );
}
