// Differences of runs to any base run, with intervals and verdicts, from the data of the leaderboard.
const board = readJson("board-data");
const CHANCE = 0.05;
const SIGNS = { better: "\u25b2", worse: "\u25bc", "not distinguishable here": "\u25cb" };

const comparisons = new Map(board.pairs.map((row) => [`${row[0]},${row[1]},${row[2]}`, row]));

// What was computed for a pair, from the side of ``run``; null where nothing was.
const compared = (run, base, metric) => {
  const there = comparisons.get(`${run},${base},${metric}`);
  if (there) return { difference: there[3], low: there[4], high: there[5], p: there[6], text: board.texts[there[7]] };
  const back = comparisons.get(`${base},${run},${metric}`);
  if (!back) return null;
  const minus = (value) => (value === null ? null : -value);
  return {
    difference: minus(back[3]), low: minus(back[5]), high: minus(back[4]), p: back[6], text: board.texts[back[7]],
  };
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

// Holm's correction over HOTA, IDF1 and MOTA of all runs against a base: the smallest p times their number, and so on.
const holm = (base) => {
  const family = [];
  for (const run of board.runs.keys()) {
    for (const metric of board.family) {
      const one = run === base ? null : compared(run, base, metric);
      if (one && one.p !== null) family.push([`${run},${metric}`, one.p]);
    }
  }
  family.sort((one, other) => one[1] - other[1]);
  let largest = 0;
  return new Map(family.map(([key, p], place) => {
    largest = Math.max(largest, Math.min(1, p * (family.length - place)));
    return [key, largest];
  }));
};

const adjusted = new Map();
const adjustedFor = (base) => {
  if (!adjusted.has(base)) adjusted.set(base, holm(base));
  return adjusted.get(base);
};

// A run against a base in one metric: ``difference``, ``low``, ``high`` and ``p`` may be null; a verdict where judged.
const against = (run, base, metric) => {
  if (base < 0 || run === base) return null;
  const one = compared(run, base, metric);
  if (!one) {
    const difference = paired(run, base, metric);
    return difference === null ? null : { difference, low: null, high: null, p: null, verdict: "", text: "" };
  }
  if (one.p === null) return { ...one, verdict: "no statement" };
  const corrected = adjustedFor(base).get(`${run},${metric}`);
  const way = Math.sign(one.difference) * board.metrics[metric].better;
  const beyond = (corrected ?? one.p) < CHANCE && way !== 0;
  const verdict = beyond ? (way > 0 ? "better" : "worse") : "not distinguishable here";
  return { ...one, corrected: corrected ?? null, verdict };
};

const chance = (one) => {
  if (one.p === null || one.p === undefined) return one.text || "";
  const p = (value) => (value < 0.001 ? "p < 0.001" : `p = ${value.toFixed(3)}`);
  const text = one.corrected === null ? p(one.p) : `${p(one.p)}; ${p(one.corrected)} after Holm\u2019s correction`;
  return one.text && one.verdict !== "better" && one.verdict !== "worse" ? `${text}. ${one.text}` : text;
};
