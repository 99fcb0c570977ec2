// Two runs, cause by cause.
const causeData = readJson("cause-data");

if (causeData) {
  const grid = byId("cause-table");
  const choices = [byId("cause-one"), byId("cause-other")];
  const fill = () => {
    choices.forEach((choice, side) => {
      const run = Number(choice.value);
      grid.tHead.querySelector(`[data-side="${side}"]`).textContent = causeData.runs[run];
      for (const row of grid.tBodies[0].rows) {
        const [count, gain] = causeData.costs[run][Number(row.dataset.row)] || [0, null];
        const [first, second] = [row.cells[2 + 2 * side], row.cells[3 + 2 * side]];
        first.textContent = Math.round(count).toLocaleString("en");
        first.dataset.value = count;
        second.textContent = gain === null ? "\u2013" : signed(gain, 2);
        second.dataset.value = gain ?? 0;
      }
    });
  };
  for (const choice of choices) choice.addEventListener("change", fill);
}
