"use strict";
// From the numbers of a frame to what is drawn of it: boxes with their colours, errors and names, and the trail of who is followed.
(() => {
  const STRIDE = 6;
  const TENTHS = 10;
  const SAME = 0.5; // overlap from which two boxes are taken for the same person
  const { colours } = motViewer;

  const boxesOf = (numbers, layer) => {
    const boxes = [];
    for (let at = 0; at < numbers.length; at += STRIDE) {
      const [id, x, y, width, height, percent] = numbers.slice(at, at + STRIDE);
      boxes.push({
        layer, id, x: x / TENTHS, y: y / TENTHS, width: width / TENTHS, height: height / TENTHS,
        counts: percent >= 0, percent, errors: [], dash: [],
      });
    }
    return boxes;
  };

  const overlap = (one, other) => {
    const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
    const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
    if (width <= 0 || height <= 0) return 0;
    return (width * height) / (one.width * one.height + other.width * other.height - width * height);
  };

  const idOf = (error, layer) => (layer === "truth" ? error.truth : error.track);

  // Which box an error stands at: a person who is missed at the ground truth, everything else at the track.
  const standsAt = (error, layer) => (error.kind === "false negative") === (layer === "truth");

  // Whether an error that somebody chose is shown at a box, for as long as it lasts or is marked.
  const pointedAt = (box, focus, errors, frame) => {
    const side = "ab"[focus.side];
    if (!Object.hasOwn(errors, side) || frame < focus.frame || frame > focus.last + focus.held) return false;
    return (box.layer === "truth" || box.layer === side) && standsAt(focus, box.layer) && idOf(focus, box.layer) === box.id;
  };

  // Boxes of one panel.
  // layers: [{name: "truth", "a" or "b", numbers, low: labels stand under boxes}]; errors by the name of a run's layer;
  // follow: the box that is followed, or null; focus: the error that somebody chose, or null.
  const panelBoxes = ({ layers, errors, follow, focus, frame, byRun, showTruth }) => {
    const boxes = layers.flatMap(({ name, numbers, low }) => boxesOf(numbers, name).map((box) => ({ ...box, low })));
    for (const box of boxes) {
      const truth = box.layer === "truth";
      const near = truth ? Object.values(errors).flat() : errors[box.layer];
      box.errors = near.filter((error) => standsAt(error, box.layer) && idOf(error, box.layer) === box.id);
      box.pointed = Boolean(focus) && pointedAt(box, focus, errors, frame);
      box.colour = truth ? colours.truth : byRun ? colours.runs["ab".indexOf(box.layer)] : colours.identity(box.id);
      box.dash = truth ? [5, 4] : byRun && box.layer === "b" ? [8, 3] : [];
      box.name = truth ? "" : String(box.id);
      box.followed = Boolean(follow) && overlap(follow, box) >= SAME;
      box.dim = Boolean(follow) && !box.followed;
    }
    return boxes.filter((box) => box.layer !== "truth" || showTruth || box.errors.length > 0 || box.pointed);
  };

  // Where the feet of an identity were in the frames up to this one; frames: newest last.
  const trailOf = (frames, id) => {
    const points = [];
    for (const numbers of frames) {
      for (let at = 0; at < (numbers?.length ?? 0); at += STRIDE) {
        if (numbers[at] !== id) continue;
        points.push([(numbers[at + 1] + numbers[at + 3] / 2) / TENTHS, (numbers[at + 2] + numbers[at + 4]) / TENTHS]);
      }
    }
    return points;
  };

  motViewer.scene = { boxesOf, overlap, panelBoxes, trailOf };
})();
