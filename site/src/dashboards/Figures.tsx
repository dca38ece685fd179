// Figures as tables: a visual's groups, rows as they are, and the matrix.
import type { Dashboard, RowTable, Visual } from "./data";
import { type Group, groups as grouped } from "./evaluate";
import { number, text } from "./format";
import type { Condition } from "./select";

interface GroupsProperties {
  dashboard: Dashboard;
  visual: Visual;
  groups: Group[];
}

/** One row for each group: its dimensions, then its measures. */
export function GroupTable({ dashboard, visual, groups }: GroupsProperties) {
  const most = visual.values.map((_, index) => Math.max(0, ...groups.map((group) => group.values[index] ?? 0)));
  return (
    <table class="dash-table">
      <thead>
        <tr>
          {visual.dimensions.map((dimension) => (
            <th key={dimension.label} scope="col" aria-sort={sorted(visual, "dimension", visual.dimensions.indexOf(dimension))}>
              {dimension.label}
            </th>
          ))}
          {visual.values.map((value, index) => (
            <th key={value.label} scope="col" class="dash-number" aria-sort={sorted(visual, "value", index)}>
              {value.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <tr key={group.codes.join()}>
            {visual.dimensions.map((dimension, index) => {
              const field = dashboard.fields[dimension.field];
              const label = field ? text(field.values[group.codes[index] ?? -1], field) : "";
              return index === 0 ? <th key={dimension.label} scope="row">{label}</th> : <td key={dimension.label}>{label}</td>;
            })}
            {visual.values.map((value, index) => (
              <td key={value.label} class="dash-number">
                <span class="dash-bar" style={{ "--share": bar(visual, group.values[index], most[index]) }}>
                  {number(group.values[index], value.format)}
                </span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** How long the bar behind a figure of a table is; there is one behind the measure that the table is sorted by. */
function bar(visual: Visual, value: number | null | undefined, most: number | undefined): string {
  if (visual.type !== "table" || !value || !most || value < 0) return "0";
  return String(value / most);
}

function sorted(visual: Visual, by: "dimension" | "value", index: number): "ascending" | "descending" | undefined {
  const { sort } = visual;
  if (!sort || sort.by !== by || sort.index !== index) return undefined;
  return sort.descending ? "descending" : "ascending";
}

interface RowsProperties {
  rows: RowTable;
  /** Positions of the rows to show. */
  shown: number[];
}

/** Rows of a model as they are. */
export function RowsTable({ rows, shown }: RowsProperties) {
  return (
    <table class="dash-table">
      <thead>
        <tr>
          {rows.columns.map((column) => (
            <th key={column.label} scope="col" class={column.type === "number" ? "dash-number" : undefined}>
              {column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shown.map((row) => (
          <tr key={row}>
            {rows.columns.map((column) => {
              const value = column.values[row];
              return typeof value === "number" ? (
                <td key={column.label} class="dash-number">{number(value, column.format)}</td>
              ) : (
                <td key={column.label}>{text(value, { type: column.type, grain: "day" })}</td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface MatrixProperties extends GroupsProperties {
  conditions: Condition[];
}

/** Measures by rows and columns, shaded from the least to the greatest, with totals where they can be worked out. */
export function Matrix({ dashboard, visual, groups, conditions }: MatrixProperties) {
  const rowsAt = at(visual, "row");
  const columnsAt = at(visual, "column");
  const key = (group: Group, positions: number[]): string => positions.map((index) => group.codes[index]).join();
  const rows = unique(groups, rowsAt);
  const columns = columnsAt.length > 0 ? unique(groups, columnsAt) : [];
  columns.sort((a, b) => columnsAt.map((index) => (a.codes[index] ?? 0) - (b.codes[index] ?? 0)).find(Boolean) ?? 0);
  const cells = new Map(groups.map((group) => [`${key(group, rowsAt)}|${key(group, columnsAt)}`, group.values]));
  const totals = new Map(grouped(dashboard, visual, conditions, rowsAt).map((group) => [group.codes.join(), group.values]));
  const below = new Map(grouped(dashboard, visual, conditions, columnsAt).map((group) => [group.codes.join(), group.values]));
  const [whole] = grouped(dashboard, visual, conditions, []);
  const numbers = [...cells.values()].flatMap((values) => values[0] ?? []);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const label = (group: Group, index: number): string => {
    const field = dashboard.fields[visual.dimensions[index]?.field ?? -1];
    return field ? text(field.values[group.codes[index] ?? -1], field) : "";
  };
  const shade = (value: number | null | undefined): Record<string, string> => {
    if (typeof value !== "number" || numbers.length < 2 || high <= low) return {};
    return { "--heat": `${Math.round(6 + (64 * (value - low)) / (high - low))}%` };
  };
  const own = visual.values.map((value, index) => ({ value, index }));
  return (
    <table class="dash-table dash-matrix">
      <thead>
        <tr>
          {rowsAt.map((index) => (
            <th key={index} scope="col">{visual.dimensions[index]?.label}</th>
          ))}
          {columns.flatMap((column) =>
            own.map(({ value, index }) => (
              <th key={`${key(column, columnsAt)}/${index}`} scope="col" class="dash-number">
                {columnsAt.map((position) => label(column, position)).join(" ")}
                {own.length > 1 ? ` ${value.label}` : ""}
              </th>
            )),
          )}
          {own.map(({ value, index }) => (
            <th key={`all/${index}`} scope="col" class="dash-number dash-total">
              {columns.length > 0 ? (own.length > 1 ? `All ${value.label}` : "All") : value.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={key(row, rowsAt)}>
            {rowsAt.map((index) => (
              <th key={index} scope="row">{label(row, index)}</th>
            ))}
            {columns.flatMap((column) =>
              own.map(({ value, index }) => {
                const figure = cells.get(`${key(row, rowsAt)}|${key(column, columnsAt)}`)?.[index];
                return (
                  <td key={`${key(column, columnsAt)}/${index}`} class="dash-number dash-heat" style={index === 0 ? shade(figure) : {}}>
                    {number(figure, value.format)}
                  </td>
                );
              }),
            )}
            {own.map(({ value, index }) => (
              <td key={`all/${index}`} class="dash-number dash-total">
                {number(totals.get(key(row, rowsAt))?.[index], value.format)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
      {columns.length > 0 && (
        <tfoot>
          <tr>
            <th scope="row" colSpan={rowsAt.length}>All</th>
            {columns.flatMap((column) =>
              own.map(({ value, index }) => (
                <td key={`${key(column, columnsAt)}/${index}`} class="dash-number">
                  {number(below.get(key(column, columnsAt))?.[index], value.format)}
                </td>
              )),
            )}
            {own.map(({ value, index }) => (
              <td key={`all/${index}`} class="dash-number dash-total">{number(whole?.values[index], value.format)}</td>
            ))}
          </tr>
        </tfoot>
      )}
    </table>
  );
}

function at(visual: Visual, role: string): number[] {
  return visual.dimensions.flatMap((dimension, index) => (dimension.role === role ? [index] : []));
}

/** The first group of each combination of values in some dimensions. */
function unique(groups: Group[], positions: number[]): Group[] {
  const found = new Map<string, Group>();
  for (const group of groups) {
    const name = positions.map((index) => group.codes[index]).join();
    if (!found.has(name)) found.set(name, group);
  }
  return [...found.values()];
}

