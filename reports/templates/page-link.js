// The view of the leaderboard in the address, and the controls that change it.
const SWITCHES = { differences: "show-differences", intervals: "show-intervals", spans: "show-spans" };

// What differs from the page as it opens; nothing where nothing does.
const viewInAddress = () => {
  const parts = new URLSearchParams();
  const first = firstView();
  if (view.base !== first.base) parts.set("base", view.base >= 0 ? board.runs[view.base].name : "");
  if (view.sort !== first.sort || view.way !== first.way) parts.set("sort", `${view.way < 0 ? "-" : ""}${view.sort}`);
  if (view.columns.join() !== first.columns.join()) parts.set("columns", view.columns.join());
  if (view.filter) parts.set("filter", view.filter);
  for (const name of Object.keys(SWITCHES)) if (view[name] !== first[name]) parts.set(name, view[name] ? "yes" : "no");
  return parts.toString();
};

const readAddress = () => {
  const hash = location.hash.slice(1);
  if (!hash.includes("=")) return false;
  const parts = new URLSearchParams(hash);
  Object.assign(view, firstView());
  if (parts.has("base")) view.base = board.runs.findIndex((run) => run.name === parts.get("base") && run.status === "ok");
  const sort = parts.get("sort") || "";
  const column = sort.replace(/^-/, "");
  if ([...ABOUT, "difference", ...metricNames].includes(column)) {
    Object.assign(view, { sort: column, way: sort.startsWith("-") ? -1 : 1 });
  }
  if (parts.has("columns")) view.columns = metricNames.filter((name) => parts.get("columns").split(",").includes(name));
  view.filter = parts.get("filter") || "";
  for (const name of Object.keys(SWITCHES)) if (parts.has(name)) view[name] = parts.get(name) === "yes";
  return true;
};

const boxes = [...byId("board-columns").querySelectorAll("input")];

const showControls = () => {
  byId("board-filter").value = view.filter;
  byId("board-base").value = view.base >= 0 ? board.runs[view.base].name : "";
  for (const box of boxes) box.checked = view.columns.includes(box.value);
  for (const [name, id] of Object.entries(SWITCHES)) if (byId(id)) byId(id).checked = view[name];
};

const keep = () => {
  const parts = viewInAddress();
  const bare = location.pathname + location.search;
  if (parts || location.hash.includes("=")) history.replaceState(null, "", parts ? `#${parts}` : bare);
};

const baseChanged = new Set();

const changed = (redraw = draw) => {
  redraw();
  keep();
};

byId("board-filter").addEventListener("input", (event) => {
  view.filter = event.target.value;
  changed(drawOrder);
});
byId("board-base").addEventListener("change", (event) => {
  view.base = board.runs.findIndex((run) => run.name === event.target.value);
  changed();
  for (const action of baseChanged) action();
});
for (const [name, id] of Object.entries(SWITCHES)) {
  const box = byId(id);
  if (box) box.addEventListener("change", () => changed(() => (view[name] = box.checked, draw())));
}
const chooseColumns = (names) => changed(() => {
  view.columns = names;
  draw();
  showControls();
});
for (const box of boxes) {
  box.addEventListener("change", () => chooseColumns(boxes.filter((one) => one.checked).map((one) => one.value)));
}
byId("columns-first").addEventListener("click", () => chooseColumns(firstView().columns));
byId("columns-all").addEventListener("click", () => chooseColumns([...metricNames]));

headRow.addEventListener("click", (event) => {
  const heading = event.target.closest("button") ? event.target.closest("th[aria-sort]") : null;
  if (!heading) return;
  Object.assign(view, { way: nextWay(heading), sort: heading.dataset.column });
  changed(drawOrder);
});

// A list of choices opens within the window; a click elsewhere and the escape key close it.
for (const panel of document.querySelectorAll("details.panel")) {
  panel.addEventListener("toggle", () => {
    const list = panel.querySelector("fieldset");
    list.style.left = "";
    const beyond = list.getBoundingClientRect().right + 20 - document.documentElement.clientWidth;
    if (panel.open && beyond > 0) list.style.left = `${list.offsetLeft - beyond}px`;
  });
  document.addEventListener("click", (event) => {
    if (!panel.contains(event.target)) panel.open = false;
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    panel.open = false;
    panel.querySelector("summary").focus();
  });
}

copyButton(byId("copy-link"), () => `${location.href.split("#")[0]}#${viewInAddress() || "leaderboard"}`, "Link");

const follow = () => {
  if (readAddress()) {
    draw();
    showControls();
    byId("leaderboard").scrollIntoView();
    return;
  }
  const target = location.hash.length > 1 ? byId(decodeURIComponent(location.hash.slice(1))) : null;
  for (let part = target; part; part = part.parentElement) if (part instanceof HTMLDetailsElement) part.open = true;
  if (target) target.scrollIntoView();
};
draw();
showControls();
follow();
addEventListener("hashchange", () => {
  follow();
  for (const action of baseChanged) action();
});
