// What the leaderboard shows, in its order, as Markdown, LaTeX or CSV.

// Headings and rows as plain texts; a cell is ``{text, best, interval, span, change}``.
const shownTable = () => {
  const metrics = shownMetrics();
  const name = (metric) => (metric.unit ? `${metric.title} (${metric.unit})` : metric.title);
  const base = view.base >= 0 ? board.runs[view.base].name : "";
  return {
    base,
    heads: metrics.map((index) => name(board.metrics[index])),
    rows: visibleRuns().map((run) => ({
      about: aboutCells[run].map((cell) => cell.dataset.value),
      change: mainChange(run) || { text: run === view.base ? "base" : "", sides: "", verdict: "" },
      cells: metrics.map((index) => figureOf(run, index)),
    })),
  };
};

// A difference with its interval and sign, as one text.
const changeText = ({ text, sides, verdict }) =>
  [text, sides && `[${sides}]`, SIGNS[verdict]].filter(Boolean).join(" ");

const ABOUT_TITLES = ["Run", "Tracker", "Detections"];

const beside = ({ interval, span }) => [interval, span].filter(Boolean).map((text) => `[${text}]`).join(" ");

const asMarkdown = (shown) => {
  const safe = (text) => text.replace(/[\\|`*_<>[\]]/g, "\\$&").replace(/\s+/g, " ");
  const figure = (cell) => {
    if (!cell.text) return "\u2013";
    const change = cell.change ? `(${changeText(cell.change)})` : "";
    const value = cell.best ? `**${cell.text}**` : cell.text;
    return [value, beside(cell), change].filter(Boolean).join(" ");
  };
  const heads = [...ABOUT_TITLES, ...withDifference(shown.heads, () => `HOTA difference to ${safe(shown.base)}`)];
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rule = heads.map((_, index) => (index < ABOUT.length ? "---" : "---:"));
  const rows = shown.rows.map((row) => {
    const cells = withDifference(row.cells.map(figure), () => changeText(row.change) || "\u2013");
    return line([...row.about.map(safe), ...cells]);
  });
  return [line(heads), line(rule), ...rows].join("\n") + "\n";
};

const LATEX = {
  "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", $: "\\$", "&": "\\&", "#": "\\#", "^": "\\textasciicircum{}", _: "\\_",
  "~": "\\textasciitilde{}", "%": "\\%", "<": "\\textless{}", ">": "\\textgreater{}", "|": "\\textbar{}",
  "[": "{[}", "]": "{]}", "*": "{*}", // which mean something after the end of a row
  [MINUS]: "$-$", "\u00b1": "$\\pm$", "\u2013": "--",
};
const latexText = (text) => text.replace(/[\\{}$&#^_~%<>|[\]*\u2212\u00b1\u2013]/g, (mark) => LATEX[mark]);

// The interval in small print; an asterisk where it leaves out 0.
const changeLatex = ({ text, sides, verdict }) => {
  const sure = verdict === "better" || verdict === "worse" ? "$^{\\ast}$" : "";
  const small = sides ? ` {\\scriptsize ${latexText(`[${sides}]`)}}` : "";
  return text ? latexText(text) + sure + small : "";
};

const asLatex = (shown) => {
  const figure = (cell) => {
    if (!cell.text) return "--";
    const text = latexText(cell.text);
    const value = cell.best ? `\\textbf{${text}}` : text;
    const small = [beside(cell), cell.change ? changeLatex(cell.change) : ""].filter(Boolean).join(" ");
    return small ? `${value} {\\scriptsize ${small}}` : value;
  };
  const heads = [...ABOUT_TITLES, ...withDifference(shown.heads.map(latexText), () => `$\\Delta$HOTA to ${latexText(shown.base)}`)];
  const rows = shown.rows.map((row) => {
    const cells = withDifference(row.cells.map(figure), () => changeLatex(row.change) || "--");
    return [...row.about.map(latexText), ...cells];
  });
  const line = (cells) => `${cells.join(" & ")} \\\\`;
  const columns = "l".repeat(ABOUT.length) + "r".repeat(heads.length - ABOUT.length);
  return [
    "% needs \\usepackage{booktabs,graphicx}; an asterisk: the 95 % interval of the difference leaves out 0",
    `\\resizebox{\\textwidth}{!}{\\begin{tabular}{${columns}}`, "\\toprule", line(heads), "\\midrule",
    ...rows.map(line), "\\bottomrule", "\\end{tabular}}",
  ].join("\n") + "\n";
};

// Each metric has columns of its own for what is shown beside it; numbers are plain, with a hyphen for minus.
const asCsv = (shown) => {
  const plain = (text) => text.replaceAll(MINUS, "-").replace("\u00b1", "").replaceAll("\u2013", " to ").replace(/^\+/, "").replaceAll(" +", " ");
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const changes = [
    ["difference", ({ text }) => text],
    ["interval of difference", ({ sides }) => sides],
    ["verdict", ({ verdict }) => verdict],
  ].filter((_, index) => index === 0 || board.certain);
  const parts = [
    ["", (cell) => cell.text, true],
    ["95 % interval", (cell) => cell.interval || "", view.intervals],
    ["least and most seed", (cell) => cell.span || "", view.spans],
    ...changes.map(([name, text]) => [name, (cell) => (cell.change ? text(cell.change) : ""), view.differences && view.base >= 0]),
  ].filter((part) => part[2]);
  const main = view.base >= 0 ? changes.map(([name, text]) => [`HOTA (%) ${name}`, text]) : [];
  const heads = shown.heads.flatMap((head) => parts.map(([name]) => (name ? `${head} ${name}` : head)));
  const base = view.base >= 0 ? ["base"] : [];
  const rows = shown.rows.map((row) => [
    ...row.about, ...base.map(() => shown.base), ...main.map(([, text]) => plain(text(row.change))),
    ...row.cells.flatMap((cell) => parts.map(([, text]) => plain(text(cell)))),
  ]);
  const lines = [[...ABOUT, ...base, ...main.map(([name]) => name), ...heads], ...rows];
  return lines.map((cells) => cells.map(quoted).join(",")).join("\n") + "\n";
};

// Older browsers, and those that keep the clipboard from pages opened from disk, copy what is selected.
const copySelected = (text) => {
  const box = element("textarea", { class: "sr", "aria-hidden": "true", tabindex: "-1" });
  const before = document.activeElement;
  box.value = text;
  document.body.append(box);
  box.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    done = false;
  }
  box.remove();
  if (before) before.focus({ preventScroll: true });
  return done;
};

const showByHand = (text) => {
  const part = byId("copy-by-hand");
  part.hidden = false;
  const box = part.querySelector("textarea");
  box.value = text;
  box.focus();
  box.select();
};

const copyText = async (text, what) => {
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    done = copySelected(text);
  }
  byId("copy-by-hand").hidden = true;
  if (!done) showByHand(text);
  say(done ? `${what} copied` : `${what} is shown to be copied by hand`);
  return done;
};

// A button says for a moment that it has copied.
const copyButton = (button, text, what) => {
  const face = [...button.childNodes];
  let back = 0;
  button.addEventListener("click", async () => {
    const done = await copyText(text(), what);
    if (!done) return;
    clearTimeout(back);
    button.replaceChildren("Copied");
    back = setTimeout(() => button.replaceChildren(...face), 1500);
  });
};

copyButton(byId("copy-markdown"), () => asMarkdown(shownTable()), "Markdown");
copyButton(byId("copy-latex"), () => asLatex(shownTable()), "LaTeX");
copyButton(byId("copy-csv"), () => asCsv(shownTable()), "CSV");
