// What the tests of dashboards read from a page.

/** The rows of a visual's table, the charts' being behind a button. */
export async function table(page, name) {
  const tile = page.locator(`[data-visual="${name}"]`);
  const button = tile.locator("button[aria-pressed]");
  const isChart = (await button.count()) > 0;
  if (isChart) await button.click();
  const rows = await tile.locator("tbody tr, tfoot tr").evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
  if (isChart) await button.click();
  return rows;
}
