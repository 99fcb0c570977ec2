// Runs: commands to copy, and the training curve of the network, which the page has once and shows in each of its runs.
for (const button of document.querySelectorAll("[data-copy]")) {
  copyButton(button, () => button.parentElement.querySelector("code").textContent, "Command");
}

// A copy of a figure with ids of its own, since an id may be in a page only once.
const copyOf = (figure, mark) => {
  const made = figure.cloneNode(true);
  for (const part of made.querySelectorAll("[id]")) part.id = `${mark}-${part.id}`;
  for (const part of made.querySelectorAll("*")) {
    for (const { name, value } of [...part.attributes]) {
      if (/url\(#|^#/.test(value)) part.setAttribute(name, value.replace(/(url\(#|^#)/g, `$1${mark}-`));
    }
  }
  return made;
};

for (const run of document.querySelectorAll("details.run")) {
  run.addEventListener("toggle", () => {
    for (const spot of run.querySelectorAll("[data-figure]")) {
      const figure = byId(spot.dataset.figure)?.querySelector(".drawn");
      if (figure && !spot.childElementCount) spot.append(copyOf(figure, run.id));
    }
  });
}
