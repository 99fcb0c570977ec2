// The table by sequence: filled when it comes near the window; many sequences are shown in parts, so that it sorts at once.
const sequenceData = readJson("sequence-data");
const MOST_CELLS = 2400;
const LEAST_COLUMNS = 8;

if (sequenceData) {
  const grid = byId("sequence-table");
  const { runs, metrics, sequences, prefix } = sequenceData;
  const width = Math.max(LEAST_COLUMNS, Math.floor(MOST_CELLS / Math.max(1, runs.length)));
  const given = new Set(board.runs.filter((run) => run.given).map((run) => run.name));
  const state = { first: 0, sort: 0, way: -1 };
  let values = [];
  let isFilled = false;

  // One run's figures: the combined one, then one a sequence; of a seed, or the mean of all.
  const figures = (metric, run, seed) => {
    const rows = metrics[metric].rows[run];
    if (seed !== "") return rows[runs[run].seeds.indexOf(Number(seed))] ?? null;
    if (rows.length === 1) return rows[0];
    return rows[0].map((_, column) => {
      const all = rows.map((row) => row[column]);
      return all.includes(null) ? null : mean(all);
    });
  };

  const columnsShown = () => [0, ...sequences.slice(state.first, state.first + width).map((_, index) => state.first + index + 1)];

  const compute = () => {
    const metric = byId("sequence-metric").value;
    const seed = byId("sequence-seed") ? byId("sequence-seed").value : "";
    values = runs.map((_, run) => figures(metric, run, seed));
    const base = view.base >= 0 ? runs.findIndex((run) => run.name === board.runs[view.base].name) : -1;
    const minus = byId("sequence-minus").checked && base >= 0 ? values[base] : null;
    if (minus) values = values.map((row) => row && row.map((value, column) => (value === null || minus[column] === null ? null : value - minus[column])));
    const named = minus ? ` Minus ${runs[base].name}${metrics[metric].unit ? ", in percentage points" : ""}.` : "";
    byId("sequence-meaning").textContent = `${metrics[metric].meaning}${metrics[metric].unit ? ", in percent" : ""}.${named}${prefix ? ` Names of sequences begin with ${prefix}, which is left out.` : ""}`;
    return { ...metrics[metric], minus: Boolean(minus) };
  };

  const drawHead = () => {
    const head = (column) => {
      const sequence = column ? sequences[column - 1] : { name: "All", note: "combined" };
      const button = element("button", { type: "button", title: column ? prefix + sequence.name : null }, sequence.name, element("span", { class: "unit below" }, sequence.note));
      return element("th", { scope: "col", class: "number", "aria-sort": "none", "data-first": "descending", "data-column": column }, button);
    };
    const name = element("th", { scope: "col", class: "name" }, "Run");
    grid.tHead.replaceChildren(element("tr", {}, name, ...columnsShown().map(head)));
  };

  const bestOf = (metric, column) => {
    if (!metric.better || metric.minus) return null;
    const all = values.map((row, run) => (given.has(runs[run].name) || !row ? null : row[column])).filter((value) => value !== null);
    return all.length < 2 ? null : metric.better > 0 ? Math.max(...all) : Math.min(...all);
  };

  // Differences are tinted by their size; half of the largest is already the full tint.
  const tint = (metric, value, largest) => {
    if (!metric.minus || !metric.better || !value || !largest) return null;
    const share = Math.min(1, (2 * Math.abs(value)) / largest);
    return `background: color-mix(in srgb, var(--${value * metric.better > 0 ? "good" : "bad"}) ${Math.round(22 * share)}%, transparent)`;
  };

  let rowNodes = [];
  const drawRows = () => {
    const metric = compute();
    const columns = columnsShown();
    const bests = columns.map((column) => bestOf(metric, column));
    const largest = Math.max(0, ...values.flatMap((row) => (row ? columns.map((column) => Math.abs(row[column] ?? 0)) : [])));
    rowNodes = runs.map((run, index) => {
      const row = element("tr", {}, element("th", { scope: "row", class: "name" }, run.name));
      columns.forEach((column, place) => {
        const value = values[index] ? values[index][column] : null;
        const cell = document.createElement("td");
        cell.className = value !== null && value === bests[place] && !given.has(run.name) ? "number best" : "number";
        cell.textContent = value === null ? "\u2013" : metric.minus ? signed(value, metric.digits) : plain(value, metric.digits);
        const style = value === null ? null : tint(metric, value, largest);
        if (style) cell.style = style;
        row.append(cell);
      });
      return row;
    });
  };

  const drawOrder = () => {
    const order = [...runs.keys()];
    const keys = new Map(order.map((run) => [run, values[run] ? values[run][state.sort] : null]));
    place(grid.tBodies[0], inOrder(order, keys, state.way).map((run) => rowNodes[run]));
    markSorted(grid.tHead, grid.tHead.querySelector(`[data-column="${state.sort}"]`), state.way);
  };

  const drawAll = () => {
    isFilled = true;
    drawHead();
    drawRows();
    drawOrder();
    const last = Math.min(sequences.length, state.first + width);
    byId("sequence-pages").hidden = sequences.length <= width;
    byId("sequences-shown").textContent = `${state.first + 1} to ${last} of ${sequences.length}`;
    byId("sequences-before").disabled = state.first === 0;
    byId("sequences-after").disabled = last === sequences.length;
  };
  const again = () => {
    if (isFilled) drawAll();
  };

  grid.tHead.addEventListener("click", (event) => {
    const heading = event.target.closest("button") ? event.target.closest("th[aria-sort]") : null;
    if (!heading) return;
    Object.assign(state, { way: nextWay(heading), sort: Number(heading.dataset.column) });
    drawOrder();
    say(`Sorted by ${titleOf(heading)}`);
  });
  for (const id of ["sequence-metric", "sequence-seed", "sequence-minus"]) if (byId(id)) byId(id).addEventListener("change", drawAll);
  const turn = (by) => () => {
    state.first = Math.min(Math.max(0, state.first + by), Math.max(0, sequences.length - 1));
    drawAll();
    say(`Sequences ${byId("sequences-shown").textContent}`);
  };
  byId("sequences-before").addEventListener("click", turn(-width));
  byId("sequences-after").addEventListener("click", turn(width));
  baseChanged.add(again);
  whenNear(grid, drawAll);
}
