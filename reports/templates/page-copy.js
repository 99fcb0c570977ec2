// What the leaderboard shows, in its order, as Markdown, LaTeX or CSV.

// Headings and rows as plain texts; a cell is ``{text, best, interval, span, change}``.
const shownTable = () => {
  const metrics = shownMetrics();
  const name = (metric) => (metric.unit ? `${metric.title} (${metric.unit})` : metric.title);
  const others = view.others ? otherHeads.map((heading) => titleOf(heading)) : [];
  return {
    base: view.base >= 0 ? board.runs[view.base].name : "",
    judged: judged(),
    heads: metrics.map((index) => name(board.metrics[index])),
    others,
    rows: visibleRuns().map((run) => ({
      name: board.runs[run].name,
      verdict: run === view.base ? "base" : (verdictOf(run) || { verdict: "" }).verdict,
      cells: metrics.map((index) => figureOf(run, index)),
      quotes: view.others ? otherCells[run].map((cell) => cell.dataset.value) : [],
    })),
  };
};

const beside = ({ interval, span }) => [interval, span].filter(Boolean).map((text) => `[${text}]`).join(" ");

const asMarkdown = (shown) => {
  const safe = (text) => text.replace(/[\\|`*_<>[\]]/g, "\\$&").replace(/\s+/g, " ");
  const figure = (cell) => {
    if (!cell.text) return "\u2013";
    const change = cell.change ? `(${[cell.change.text, SIGNS[cell.change.verdict]].filter(Boolean).join(" ")})` : "";
    const value = cell.best ? `**${cell.text}**` : cell.text;
    return [value, beside(cell), change].filter(Boolean).join(" ");
  };
  const [first, ...rest] = shown.heads;
  const heads = ["Run", first, ...(shown.judged ? [`HOTA against ${safe(shown.base)}`] : []), ...rest, ...shown.others];
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rule = heads.map((_, index) => (index === 0 || (shown.judged && index === 2) ? "---" : "---:"));
  const rows = shown.rows.map((row) => {
    const [one, ...others] = row.cells.map(figure);
    return line([safe(row.name), one, ...(shown.judged ? [row.verdict] : []), ...others, ...row.quotes.map((text) => text || "\u2013")]);
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

const asLatex = (shown) => {
  const figure = (cell) => {
    if (!cell.text) return "--";
    const text = latexText(cell.text);
    const value = cell.best ? `\\textbf{${text}}` : text;
    const small = [beside(cell), cell.change ? cell.change.text : ""].filter(Boolean).map(latexText).join(" ");
    return small ? `${value} {\\scriptsize ${small}}` : value;
  };
  const [first, ...rest] = shown.heads;
  const heads = ["Run", first, ...(shown.judged ? [`HOTA against ${shown.base}`] : []), ...rest, ...shown.others].map(latexText);
  const rows = shown.rows.map((row) => {
    const [one, ...others] = row.cells.map(figure);
    return [latexText(row.name), one, ...(shown.judged ? [row.verdict] : []), ...others, ...row.quotes.map((text) => latexText(text || "\u2013"))];
  });
  const wide = rows.some((cells) => cells.some((cell) => cell.includes("\\scriptsize")));
  const line = (cells) => `${cells.join(" & ")} \\\\`;
  const columns = `lr${shown.judged ? "l" : ""}${"r".repeat(shown.heads.length - 1 + shown.others.length)}`;
  return [
    `% needs \\usepackage{booktabs${wide ? ",graphicx" : ""}}`,
    `${wide ? "\\resizebox{\\textwidth}{!}{" : ""}\\begin{tabular}{${columns}}`, "\\toprule", line(heads), "\\midrule",
    ...rows.map(line), "\\bottomrule", `\\end{tabular}${wide ? "}" : ""}`,
  ].join("\n") + "\n";
};

// Each metric has columns of its own for what is shown beside it; numbers are plain, with a hyphen for minus.
const asCsv = (shown) => {
  const plain = (text) => text.replaceAll(MINUS, "-").replace("\u00b1", "").replaceAll("\u2013", " to ").replace(/^\+/, "").replaceAll(" +", " ");
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const parts = [
    ["", (cell) => cell.text, true],
    ["95 % interval", (cell) => cell.interval || "", view.intervals],
    ["least and most seed", (cell) => cell.span || "", view.spans],
    ["difference", (cell) => (cell.change ? cell.change.text : ""), view.differences && view.base >= 0],
    ["interval of difference", (cell) => (cell.change ? cell.change.sides : ""), view.differences && view.intervals && view.base >= 0],
    ["verdict", (cell) => (cell.change ? cell.change.verdict : ""), shown.judged],
  ].filter((part) => part[2]);
  const heads = shown.heads.flatMap((head) => parts.map(([name]) => (name ? `${head} ${name}` : head)));
  const rows = shown.rows.map((row) => [
    row.name, ...row.cells.flatMap((cell) => parts.map(([, text]) => plain(text(cell)))), ...row.quotes,
  ]);
  const base = view.differences && shown.base ? ["base"] : [];
  const lines = [["run", ...base, ...heads, ...shown.others], ...rows.map(([name, ...rest]) => [name, ...base.map(() => shown.base), ...rest])];
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
