"use strict";
// What is shown, in words: under each panel, for those who hear the page, and whom one may follow.
(() => {
  const STRIDE = 6;
  const { colours } = motViewer;
  const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;
  // How many boxes; those that do not count in the score are left out.
  const sizes = (numbers) => {
    let count = 0;
    for (let at = STRIDE - 1; at < numbers.length; at += STRIDE) count += numbers[at] >= 0;
    return count;
  };

  // The errors that begin or last at this very frame, not those that are only marked a while longer.
  const now = (errors, frame) => errors.filter((error) => error.frame <= frame && frame <= error.last);

  const counted = (errors) => {
    const counts = new Map();
    for (const { kind } of errors) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return [...counts].map(([kind, count]) => `${count} ${colours.kinds[kind].mark}`).join(", ");
  };

  // {side, layers, errors} of a panel as the line under it.
  motViewer.panelWords = ({ layers, errors }, frame) => layers.map(({ name, numbers }) => {
    if (name === "truth") return plural(sizes(numbers), "person", "people");
    const wrong = counted(now(errors[name], frame));
    return `${plural(sizes(numbers), "track", "tracks")}${wrong ? `: ${wrong}` : ""}`;
  }).join(" \u00b7 ");

  // One sentence an error.
  motViewer.errorWords = ({ kind, cause, frame, last, truth, track, other }) => {
    const who = [
      truth === null ? "" : `person ${truth}`,
      track === null ? "" : kind === "identity switch" ? `track ${other} before, ${track} now` : `track ${track}`,
    ].filter(Boolean).join(", ");
    const when = last > frame ? `frames ${frame} to ${last}` : `frame ${frame}`;
    return `${kind}${cause ? ` (${cause})` : ""}, ${when}${who ? `: ${who}` : ""}`;
  };

  // Who is followed: how well they are seen, or how sure the tracker is; box is null where they are not in the frame.
  motViewer.followWords = ({ layer, id }, box) => {
    const who = layer === "truth" ? `person ${id}` : `track ${id}`;
    if (!box) return `${who} is not in this frame`;
    if (!box.counts) return `${who} does not count in the score`;
    return layer === "truth" ? `${who} is ${box.percent} % visible` : `${who} has a score of ${box.percent} %`;
  };

  // Fill the choice of whom to follow with those who are in the frame.
  motViewer.fillFollow = (select, { layers, names, followed }) => {
    const value = (layer, id) => `${layer}:${id}`;
    const chosen = followed ? value(followed.layer, followed.id) : "";
    const groups = layers.map(({ name, numbers }) => {
      const ids = [];
      for (let at = 0; at < numbers.length; at += STRIDE) ids.push(numbers[at]);
      if (followed?.layer === name && !ids.includes(followed.id)) ids.push(followed.id);
      const group = document.createElement("optgroup");
      group.label = names[name];
      const what = name === "truth" ? "person" : "track";
      group.append(...ids.sort((one, other) => one - other).map((id) => new Option(`${what} ${id}`, value(name, id))));
      return group;
    });
    select.replaceChildren(new Option("nobody", ""), ...groups);
    select.value = chosen;
  };
})();
