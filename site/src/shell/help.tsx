import { useEffect, useRef } from "preact/hooks";

const KEYS: [string[], string][] = [
  [["/"], "Search; Ctrl K works too"],
  [["j", "k"], "Next and previous entry of the tree, the results or the columns; Enter opens"],
  [["Esc"], "Close, or let go of what is chosen"],
  [["←", "→"], "In a lineage: to what the node reads, to what reads it"],
  [["↑", "↓"], "In a lineage: to the node above or below"],
  [["+", "−", "0"], "In a lineage: closer, farther, the whole"],
  [["["], "In a lineage: one step less; ] one step more"],
  [["g", "h"], "Overview; g l lineage, g r runs, g d dashboards"],
  [["t"], "Light or dark"],
  [["?"], "These keys"],
];

export function Help({ close }: { close: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.focus();
    return () => before?.focus?.();
  }, []);
  return (
    <div class="veil" onClick={(event) => event.target === event.currentTarget && close()}>
      <div class="palette help" role="dialog" aria-modal="true" aria-label="Keys" tabIndex={-1} ref={box} onKeyDown={(event) => event.key === "Escape" && close()}>
        <div class="spread">
          <h2>Keys</h2>
          <button type="button" class="button" onClick={close}>
            Close
          </button>
        </div>
        <dl>
          {KEYS.map(([keys, what]) => (
            <>
              <dt>
                {keys.map((key) => (
                  <kbd>{key}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </>
          ))}
        </dl>
      </div>
    </div>
  );
}
