// Differences of runs to any base run, with intervals and verdicts, from the data of the leaderboard.
const board = readJson("board-data");
const SIGNS = { better: "\u25b2", worse: "\u25bc", "not distinguishable here": "\u25cb" };

const comparisons = new Map(board.pairs.map((row) => [`${row[0]},${row[1]},${row[2]}`, row]));

// What was computed for a pair, from the side of ``run``; null where nothing was. ``way`` is 1 for better, -1 for worse,
// 0 where the interval holds 0, and null where nothing can be said of chance.
const compared = (run, base, metric) => {
  const told = (row) => ({ p: row[6], text: board.texts[row[8]] });
  const there = comparisons.get(`${run},${base},${metric}`);
  if (there) return { difference: there[3], low: there[4], high: there[5], way: there[7], ...told(there) };
  const back = comparisons.get(`${base},${run},${metric}`);
  if (!back) return null;
  const minus = (value) => (value === null ? null : -value);
  return { difference: minus(back[3]), low: minus(back[5]), high: minus(back[4]), way: minus(back[7]), ...told(back) };
};

// Seed by seed where both have several; a run without training is the same with every seed.
const paired = (run, base, metric) => {
  const [mine, theirs] = [board.runs[run], board.runs[base]];
  const [a, b] = [mine.values[metric], theirs.values[metric]];
  if (!a || !b || board.metrics[metric].speed) return null;
  if (mine.free || theirs.free || (a.length === 1 && b.length === 1)) return mean(a) - mean(b);
  const pairs = mine.seeds.map((seed, place) => [place, theirs.seeds.indexOf(seed)]).filter((pair) => pair[1] >= 0);
  return pairs.length ? mean(pairs.map(([one, other]) => a[one] - b[other])) : null;
};

// A run against a base in one metric: ``difference``, ``low``, ``high`` and ``p`` may be null; a verdict where judged.
const against = (run, base, metric) => {
  if (base < 0 || run === base) return null;
  const one = compared(run, base, metric);
  if (!one) {
    const difference = paired(run, base, metric);
    return difference === null ? null : { difference, low: null, high: null, p: null, verdict: "", text: "" };
  }
  if (one.way === null) return { ...one, verdict: "no statement" };
  return { ...one, verdict: one.way > 0 ? "better" : one.way < 0 ? "worse" : "not distinguishable here" };
};

const chance = (one) => {
  if (one.p === null || one.p === undefined) return one.text || "";
  const p = (value) => (value < 0.001 ? "p < 0.001" : `p = ${value.toFixed(3)}`);
  const text = p(one.p);
  return one.text && one.verdict !== "better" && one.verdict !== "worse" ? `${text}. ${one.text}` : text;
};
