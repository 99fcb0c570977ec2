// Sorting. Keys are read once, rows are moved in one go; rows without a figure stay last, whichever way is sorted.

// Rows in order: ``keys`` maps a row to a number, a text, or null.
const inOrder = (rows, keys, way) => {
  const texts = new Intl.Collator("en", { numeric: true });
  return [...rows].sort((one, other) => {
    const a = keys.get(one);
    const b = keys.get(other);
    if (a === null || b === null) return (a === null) - (b === null);
    return way * (typeof a === "string" ? texts.compare(a, b) : a - b);
  });
};

const place = (body, rows) => {
  const all = document.createDocumentFragment();
  all.append(...rows);
  body.replaceChildren(all);
};

// Which way the next click sorts, by what a heading says.
const nextWay = (heading) => {
  const now = heading.getAttribute("aria-sort");
  if (now === "none") return heading.dataset.first === "descending" ? -1 : 1;
  return now === "ascending" ? -1 : 1;
};

const markSorted = (head, heading, way) => {
  for (const other of head.querySelectorAll("th[aria-sort]")) other.setAttribute("aria-sort", "none");
  if (heading) heading.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
};

const titleOf = (heading) => heading.querySelector("button").textContent.trim();

const sortBy = (table, heading, way) => {
  const column = heading.cellIndex;
  const rows = [...table.tBodies[0].rows];
  const isText = (cell) => cell.tagName === "TH" || !cell.classList.contains("number");
  const keys = new Map(rows.map((row) => {
    const cell = row.cells[column];
    const value = cell.dataset.value ?? cell.textContent;
    return [row, value === "" ? null : isText(cell) ? value : Number(value)];
  }));
  markSorted(table.tHead, heading, way);
  place(table.tBodies[0], inOrder(rows, keys, way));
  say(`Sorted by ${titleOf(heading)}, ${way > 0 ? "ascending" : "descending"}`);
};

for (const table of document.querySelectorAll("table.sortable")) {
  for (const heading of table.querySelectorAll("th[aria-sort]")) {
    heading.querySelector("button").addEventListener("click", () => sortBy(table, heading, nextWay(heading)));
  }
}

// A table that is wider than its window says so, for those whose screens show no scroll bar.
for (const box of document.querySelectorAll(".scroll")) {
  const hint = element("p", { class: "sideways caption", "aria-hidden": "true", hidden: true }, "Scroll the table sideways for more columns \u2192");
  box.before(hint);
  const observer = new ResizeObserver(() => (hint.hidden = box.scrollWidth <= box.clientWidth + 1));
  for (const part of [box, ...box.querySelectorAll("table")]) observer.observe(part);
}
