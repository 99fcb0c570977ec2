// The leaderboard: sort, filter, columns, and the base run. ``view`` is all that a reader can change.
const table = byId("leaderboard-table");
const boardRows = [...table.tBodies[0].rows];
const rowNames = boardRows.map((row) => row.cells[0]);
const otherCells = boardRows.map((row) => [...row.querySelectorAll("td.other")]);
const headRow = table.tHead.rows[table.tHead.rows.length - 1];
const nameHead = headRow.cells[0];
const otherHeads = [...headRow.querySelectorAll("th.other")];
const metricNames = board.metrics.map((metric) => metric.name);

const firstView = () => ({
  base: board.base, sort: "HOTA", way: -1, filter: "", columns: metricNames.slice(0, board.headline),
  differences: true, intervals: board.certain, spans: !board.certain, others: true,
});
const view = firstView();

const shownMetrics = () => view.columns.map((name) => metricNames.indexOf(name)).filter((index) => index >= 0).sort((a, b) => a - b);

const judged = () => board.certain && view.base >= 0 && view.differences;

const valueOf = (run, metric) => {
  const values = board.runs[run].values[metric];
  return values ? mean(values) : null;
};

const best = board.metrics.map((metric, index) => {
  if (!metric.better) return null;
  const shown = board.runs.map((one, run) => (one.given ? null : valueOf(run, index))).filter((value) => value !== null);
  if (shown.length < 2) return null;
  return plain(metric.better > 0 ? Math.max(...shown) : Math.min(...shown), metric.digits);
});

const short = (metric, value) => plain(value, metric.digits ? 1 : 0);

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
  const one = view.differences ? against(run, view.base, index) : null;
  if (one) {
    const digits = metric.digits ? 2 : 0;
    const unjudged = one.verdict === "" && !board.certain;
    const better = unjudged ? Math.sign(Number(one.difference.toFixed(digits))) * metric.better
      : one.verdict === "better" ? 1 : one.verdict === "worse" ? -1 : 0;
    const sides = view.intervals && one.low !== null
      ? `${signed(one.low, metric.digits ? 1 : 0)} to ${signed(one.high, metric.digits ? 1 : 0)}` : "";
    found.change = { text: signed(one.difference, digits), sides, better, verdict: one.verdict, hint: chance(one) };
  }
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

const verdictOf = (run) => (run === view.base ? null : against(run, view.base, metricNames.indexOf("HOTA")));

// The words that are shown are short; all of them are there for those who hear the page, and at the pointer.
const EVEN = "not distinguishable";
const verdictCell = (run) => {
  const one = verdictOf(run);
  const cell = element("td", { class: "verdict" });
  if (run === view.base) cell.append(element("span", { class: "even" }, "base"));
  else if (one && one.verdict) {
    const kind = one.verdict === "better" ? "good" : one.verdict === "worse" ? "bad" : "even";
    const [shown, rest] = one.verdict.startsWith(EVEN) ? [EVEN, one.verdict.slice(EVEN.length)] : [one.verdict, ""];
    cell.append(element("span", { class: kind }, shown, rest && element("span", { class: "sr" }, rest)));
    const p = one.p;
    if (p !== null && p !== undefined) cell.append(element("span", { class: "span" }, p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`));
    cell.title = [one.verdict, chance(one)].filter(Boolean).join(". ");
  } else cell.append("\u2013");
  return cell;
};

const metricHead = (index) => {
  const metric = board.metrics[index];
  const button = element("button", { type: "button", title: metric.meaning }, metric.title);
  if (metric.unit) button.append(" ", element("span", { class: "unit" }, metric.unit));
  const first = metric.better < 0 ? "ascending" : "descending";
  return element("th", { scope: "col", "aria-sort": "none", "data-first": first, "data-column": metric.name, class: "number" }, button);
};

const verdictHead = () => {
  const base = board.runs[view.base].name;
  return element("th", { scope: "col", class: "verdict" }, "HOTA is", element("span", { class: "unit below" }, `against ${base}`));
};

// The verdict stands behind the first column, which is HOTA unless the reader has taken it away.
const withVerdict = (cells, verdict) => (judged() ? [cells[0], verdict(), ...cells.slice(1)] : cells);

nameHead.dataset.column = "run";
for (const [index, heading] of otherHeads.entries()) heading.dataset.column = `other-${index}`;

const drawHead = () => {
  const shown = shownMetrics();
  headRow.replaceChildren(nameHead, ...withVerdict(shown.map(metricHead), verdictHead), ...(view.others ? otherHeads : []));
  const groups = table.tHead.rows.length > 1 ? table.tHead.rows[0] : null;
  if (groups) {
    groups.hidden = !view.others;
    groups.cells[1].colSpan = Math.max(1, shown.length + (judged() ? 1 : 0));
  }
};

const drawRows = () => {
  const shown = shownMetrics();
  for (const [run, row] of boardRows.entries()) {
    const cells = shown.map((index) => figureCell(run, index));
    const judgement = () => verdictCell(run);
    row.replaceChildren(rowNames[run], ...withVerdict(cells, judgement), ...(view.others ? otherCells[run] : []));
    row.classList.toggle("base", run === view.base);
    const badge = rowNames[run].querySelector(".base-badge");
    if (badge && run !== view.base) badge.remove();
    if (!badge && run === view.base) {
      rowNames[run].querySelector("a").after(" ", element("span", { class: "badge base-badge" }, "base"));
    }
  }
};

const sortKey = (run) => {
  if (view.sort === "run") return board.runs[run].name;
  if (view.sort.startsWith("other-")) {
    const text = otherCells[run][Number(view.sort.slice(6))].dataset.value;
    return text === "" ? null : Number(text);
  }
  return valueOf(run, metricNames.indexOf(view.sort));
};

const found = boardRows.map((row, run) => `${rowNames[run].textContent} ${rowNames[run].dataset.find}`.toLowerCase());

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
  const by = view.sort === "run" ? "name" : heading ? titleOf(heading) : view.sort;
  const base = view.base >= 0 ? `; differences to ${board.runs[view.base].name}` : "";
  const certain = judged() && !boardRows.some((row, run) => run !== view.base && (verdictOf(run) || {}).verdict);
  byId("board-state").textContent =
    `${count}, sorted by ${by}, ${view.way > 0 ? "ascending" : "descending"}${base}.` +
    (certain && boardRows.length > 1 ? " Against this run no intervals were computed: differences only." : "");
};

const draw = () => {
  if (!view.columns.length) view.columns = ["HOTA"];
  drawHead();
  drawRows();
  drawOrder();
};
