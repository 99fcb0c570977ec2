// The leaderboard: sort, filter, columns, and the base run. ``view`` is all that a reader can change.
const table = byId("leaderboard-table");
const boardRows = [...table.tBodies[0].rows];
const ABOUT = ["run", "tracker", "detections"]; // the columns that say what a run is
const aboutCells = boardRows.map((row) => [...row.cells].slice(0, ABOUT.length));
const rowNames = aboutCells.map((cells) => cells[0]);
const headRow = table.tHead.rows[0];
const aboutHeads = [...headRow.cells].slice(0, ABOUT.length);
for (const [index, heading] of aboutHeads.entries()) heading.dataset.column = ABOUT[index];
const metricNames = board.metrics.map((metric) => metric.name);

const firstView = () => ({
  base: board.base, sort: "HOTA", way: -1, filter: "", columns: metricNames.slice(0, board.first),
  differences: false, intervals: false, spans: false,
});
const view = firstView();

const shownMetrics = () => view.columns.map((name) => metricNames.indexOf(name)).filter((index) => index >= 0).sort((a, b) => a - b);

const valueOf = (run, metric) => {
  const values = board.runs[run].values[metric];
  return values ? mean(values) : null;
};

const best = board.metrics.map((metric, index) => {
  if (!metric.bold || !metric.better) return null;
  const shown = board.runs.map((one, run) => (one.given ? null : valueOf(run, index))).filter((value) => value !== null);
  if (shown.length < 2) return null;
  return plain(metric.better > 0 ? Math.max(...shown) : Math.min(...shown), metric.digits);
});

const short = (metric, value) => plain(value, metric.digits ? 1 : 0);

// The difference to the base run as plain texts; null where there is none.
const changeOf = (run, index) => {
  const metric = board.metrics[index];
  const one = against(run, view.base, index);
  if (!one) return null;
  const digits = metric.digits ? 2 : 0;
  const unjudged = one.verdict === "" && !board.certain;
  const better = unjudged ? Math.sign(Number(one.difference.toFixed(digits))) * metric.better
    : one.verdict === "better" ? 1 : one.verdict === "worse" ? -1 : 0;
  // One decimal, unless an end that is not 0 would then read as 0: whether the interval holds 0 must be seen.
  const rough = metric.digits ? 1 : 0;
  const ends = one.low === null ? [] : [one.low, one.high];
  const fine = ends.some((end) => end !== 0 && Number(end.toFixed(rough)) === 0) ? rough + 1 : rough;
  const sides = ends.map((end) => signed(end, fine)).join(" to ");
  return { text: signed(one.difference, digits), sides, better, verdict: one.verdict, hint: chance(one) };
};

// What a cell shows, as plain texts: the same is copied.
const figureOf = (run, index) => {
  const metric = board.metrics[index];
  const values = board.runs[run].values[index];
  if (!values) return { text: "" };
  const text = plain(mean(values), metric.digits);
  const found = { text, best: !board.runs[run].given && text === best[index], interval: "", span: "", change: null };
  const interval = board.runs[run].intervals[index];
  if (view.intervals && interval) found.interval = `${short(metric, interval[0])} to ${short(metric, interval[1])}`;
  if (view.spans && values.length > 1) {
    const ends = [Math.min(...values), Math.max(...values)].map((value) => plain(value, metric.digits));
    found.span = ends.join("\u2013");
  }
  if (view.differences && metric.name !== "HOTA") found.change = changeOf(run, index);
  return found;
};

const changeNode = ({ text, sides, better, verdict }) => {
  const made = element("small", { class: better > 0 ? "good" : better < 0 ? "bad" : "even" }, text);
  if (SIGNS[verdict]) made.append(" ", element("span", { class: "sign", "aria-hidden": "true" }, SIGNS[verdict]));
  if (verdict) made.append(element("span", { class: "sr" }, ` ${verdict}`));
  if (sides) made.append(element("span", { class: "sides" }, sides));
  return made;
};

// A count of identity switches leads to the costliest of them, where there is a page of them.
const switchesNode = (run, text) => {
  const href = board.runs[run].switches;
  if (!href) return text;
  return element("a", { href, title: "The costliest identity switches" }, text, element("span", { class: "sr" }, " switches: the costliest"));
};

const figureCell = (run, index) => {
  const { text, best: isBest, interval, span, change } = figureOf(run, index);
  const cell = element("td", { class: isBest ? "number best" : "number", title: change && change.hint ? change.hint : null });
  cell.append(text && board.metrics[index].name === "IDSW" ? switchesNode(run, text) : text || "\u2013");
  if (interval) cell.append(element("span", { class: "span", title: "95 % interval" }, interval));
  if (span) cell.append(element("span", { class: "span", title: "Least and most of the seeds" }, span));
  if (change) cell.append(changeNode(change));
  return cell;
};

// The difference in HOTA to the base run has a column of its own, on one line, with its interval and verdict.
const HOTA = metricNames.indexOf("HOTA");
const mainChange = (run) => (run === view.base ? null : changeOf(run, HOTA));

const differenceCell = (run) => {
  const cell = element("td", { class: "difference number" });
  if (run === view.base) cell.append(element("span", { class: "even" }, "base"));
  else {
    const change = mainChange(run);
    if (!change) return cell.append("\u2013"), cell;
    cell.append(changeNode(change));
    cell.title = [change.verdict, change.hint].filter(Boolean).join(". ");
  }
  return cell;
};

const metricHead = (index) => {
  const metric = board.metrics[index];
  const button = element("button", { type: "button", title: metric.meaning }, metric.title);
  if (metric.unit) button.append(" ", element("span", { class: metric.unit.length > 2 ? "unit below" : "unit" }, metric.unit));
  const first = metric.better < 0 ? "ascending" : "descending";
  return element("th", { scope: "col", "aria-sort": "none", "data-first": first, "data-column": metric.name, class: "number" }, button);
};

const differenceHead = () => {
  const button = element("button", { type: "button", title: "The difference in HOTA to the base run, with its 95 % interval" }, "\u0394 HOTA");
  button.append(element("span", { class: "unit below" }, `to ${board.runs[view.base].name}`));
  return element("th", { scope: "col", "aria-sort": "none", "data-first": "descending", "data-column": "difference", class: "number" }, button);
};

// The difference stands behind HOTA, or first where the reader has taken HOTA away.
const withDifference = (cells, difference) => {
  if (view.base < 0) return cells;
  const place = view.columns.includes("HOTA") ? shownMetrics().indexOf(HOTA) + 1 : 0;
  return [...cells.slice(0, place), difference(), ...cells.slice(place)];
};

const drawHead = () => headRow.replaceChildren(...aboutHeads, ...withDifference(shownMetrics().map(metricHead), differenceHead));

const drawRows = () => {
  const shown = shownMetrics();
  for (const [run, row] of boardRows.entries()) {
    const cells = shown.map((index) => figureCell(run, index));
    row.replaceChildren(...aboutCells[run], ...withDifference(cells, () => differenceCell(run)));
    row.classList.toggle("base", run === view.base);
    const badge = rowNames[run].querySelector(".base-badge");
    if (badge && run !== view.base) badge.remove();
    if (!badge && run === view.base) {
      rowNames[run].querySelector("a").after(" ", element("span", { class: "badge base-badge" }, "base"));
    }
  }
};

const sortKey = (run) => {
  const about = ABOUT.indexOf(view.sort);
  if (about >= 0) return aboutCells[run][about].dataset.value;
  if (view.sort === "difference") {
    const one = against(run, view.base, HOTA);
    return one ? one.difference : run === view.base ? 0 : null;
  }
  return valueOf(run, metricNames.indexOf(view.sort));
};

const found = boardRows.map((row, run) => `${aboutCells[run].map((cell) => cell.textContent).join(" ")} ${rowNames[run].dataset.find}`.toLowerCase());

const visibleRuns = () => {
  const words = view.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const runs = [...boardRows.keys()].filter((run) => words.every((word) => found[run].includes(word)));
  return inOrder(runs, new Map(runs.map((run) => [run, sortKey(run)])), view.way);
};

const drawOrder = () => {
  const runs = visibleRuns();
  place(table.tBodies[0], runs.map((run) => boardRows[run]));
  const heading = headRow.querySelector(`[data-column="${CSS.escape(view.sort)}"]`);
  markSorted(headRow, heading, view.way);
  const count = runs.length === boardRows.length ? `${runs.length} runs` : `${runs.length} of ${boardRows.length} runs`;
  const by = view.sort === "run" ? "name" : view.sort === "difference" ? "difference in HOTA" : heading ? titleOf(heading) : view.sort;
  const base = view.base >= 0 ? `; differences to ${board.runs[view.base].name}` : "";
  const unjudged = board.certain && view.base >= 0 && !boardRows.some((row, run) => (mainChange(run) || {}).verdict);
  byId("board-state").textContent =
    `${count}, sorted by ${by}, ${view.way > 0 ? "ascending" : "descending"}${base}.` +
    (unjudged && boardRows.length > 1 ? " Against this run no intervals were computed: differences only." : "");
};

const draw = () => {
  if (!view.columns.length) view.columns = ["HOTA"];
  drawHead();
  drawRows();
  drawOrder();
};
