"use strict";
// Colours that mean something: one for each identity, always the same, and one for each kind of error.
(() => {
  const GOLDEN = 0.618033988749895; // turns of the colour wheel from id to id: neighbours differ most
  const LIGHTNESS = [72, 82, 66, 77, 88]; // percent, as the eye sees it: black is read on all of them

  // For the eye that sees no red or green these five differ in lightness; marks differ in their form and words too.
  const KINDS = {
    "identity switch": { colour: "#ff5fb2", mark: "switch" },
    "false negative": { colour: "#ffb000", mark: "missed" },
    "false positive": { colour: "#ff6a4d", mark: "false" },
    "loose box": { colour: "#9fb4ff", mark: "loose" },
    fragmentation: { colour: "#35d0ba", mark: "broken" },
  };

  motViewer.colours = {
    kinds: KINDS,
    truth: "#ffffff",
    runs: ["#4fb0ff", "#ffb35c"],
    identity: (id) => `oklch(${LIGHTNESS[id % LIGHTNESS.length]}% 0.17 ${Math.round(((id * GOLDEN) % 1) * 360)})`,
  };
})();
