"use strict";
(() => {
  const byId = (id) => document.getElementById(id);

  const valueOf = (row, column) => row.cells[column].dataset.value ?? "";

  // Rows without a figure stay last, whichever way is sorted.
  const compare = (column, way) => (one, other) => {
    const a = valueOf(one, column);
    const b = valueOf(other, column);
    if (a === "" || b === "") return (a === "") - (b === "");
    if (one.cells[column].tagName === "TH") return way * a.localeCompare(b, "en", { numeric: true });
    return way * (Number(a) - Number(b));
  };

  const sort = (table, heading, way) => {
    const body = table.tBodies[0];
    for (const other of table.querySelectorAll("th[aria-sort]")) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
    body.append(...[...body.rows].sort(compare(heading.cellIndex, way)));
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    for (const heading of table.querySelectorAll("th[aria-sort]")) {
      heading.querySelector("button").addEventListener("click", () => {
        const now = heading.getAttribute("aria-sort");
        const first = heading.dataset.first === "descending" ? -1 : 1;
        sort(table, heading, now === "none" ? first : now === "ascending" ? -1 : 1);
      });
    }
  }

  const board = byId("leaderboard-table");
  const onSwitch = (id, change) => {
    const box = byId(id);
    if (!box) return;
    box.addEventListener("change", () => change(box.checked));
    change(box.checked);
  };
  onSwitch("show-details", (on) => board.classList.toggle("show-details", on));
  onSwitch("show-differences", (on) => board.classList.toggle("hide-differences", !on));

  const choice = byId("sequence-metric");
  if (choice) {
    const data = JSON.parse(byId("sequence-data").textContent);
    const table = byId("sequence-table");
    const fill = () => {
      const { rows, better, meaning } = data[choice.value];
      byId("sequence-meaning").textContent = meaning;
      const best = (rows[0] ?? []).map((_, column) => {
        const values = rows.map((row) => row[column]).filter((text) => text !== "").map(Number);
        if (better === null || values.length < 2) return null;
        return better ? Math.max(...values) : Math.min(...values);
      });
      for (const row of table.tBodies[0].rows) {
        rows[Number(row.dataset.row)].forEach((text, column) => {
          const cell = row.cells[column + 1];
          cell.textContent = text || "\u2013";
          cell.dataset.value = text;
          cell.classList.toggle("best", text !== "" && Number(text) === best[column]);
        });
      }
      const sorted = table.querySelector('th[aria-sort="ascending"], th[aria-sort="descending"]');
      if (sorted) sort(table, sorted, sorted.getAttribute("aria-sort") === "ascending" ? 1 : -1);
    };
    choice.addEventListener("change", fill);
    fill();
  }

  // A link to a run opens it.
  const open = () => {
    const target = location.hash.length > 1 ? byId(location.hash.slice(1)) : null;
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", open);
  open();
})();
