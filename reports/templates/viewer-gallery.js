"use strict";
// One run at a time, the one that the address names; without this script all are there, one after the other.
(() => {
  const choice = document.getElementById("run");
  if (!choice) return;
  const sections = [...document.querySelectorAll("section[data-run]")];
  const show = (label) => {
    for (const section of sections) section.hidden = section.dataset.run !== label;
    choice.value = label;
  };
  const open = () => {
    const named = new URLSearchParams(location.hash.slice(1)).get("run");
    show(sections.some((section) => section.dataset.run === named) ? named : sections[0].dataset.run);
  };
  choice.addEventListener("change", () => {
    history.replaceState(null, "", `#${new URLSearchParams({ run: choice.value })}`);
    open();
  });
  addEventListener("hashchange", open);
  document.getElementById("choice").hidden = false;
  open();
})();
