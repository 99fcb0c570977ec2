"use strict";
// Draws a panel: the picture, ground truth, tracks with their ids, marks of errors, trails.
(() => {
  const font = (width) => `600 ${width < 480 ? 9.5 : 11}px system-ui, sans-serif`;
  const SHADOW = "rgba(0, 0, 0, 0.65)";
  const { colours } = motViewer;

  // The canvas in as many pixels as the screen has, its context in pixels of the page.
  const fit = (canvas) => {
    const ratio = devicePixelRatio || 1;
    const { clientWidth, clientHeight } = canvas;
    const width = Math.round(clientWidth * ratio);
    const height = Math.round(clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, clientWidth, clientHeight);
    context.font = font(clientWidth);
    context.textBaseline = "middle";
    return context;
  };

  const backdrop = (context, scene, { scale, left, top }) => {
    const width = scene.width * scale;
    const height = scene.height * scale;
    if (scene.picture) {
      context.imageSmoothingQuality = "high";
      context.drawImage(scene.picture, left, top, width, height);
      return;
    }
    context.strokeStyle = "rgba(255, 255, 255, 0.09)";
    context.lineWidth = 1;
    context.beginPath();
    const step = 2 ** Math.round(Math.log2(80 / scale)); // a grid of about 80 pixels of the page
    for (let x = 0; x <= scene.width; x += step) {
      context.moveTo(left + x * scale, top);
      context.lineTo(left + x * scale, top + height);
    }
    for (let y = 0; y <= scene.height; y += step) {
      context.moveTo(left, top + y * scale);
      context.lineTo(left + width, top + y * scale);
    }
    context.stroke();
  };

  // A frame around a box, with a dark edge so that it is seen on any ground.
  const frameBox = (context, box, colour, width, dash = []) => {
    context.setLineDash(dash);
    context.strokeStyle = SHADOW;
    context.lineWidth = width + 1.5;
    context.strokeRect(...box);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(...box);
    context.setLineDash([]);
  };

  const cross = (context, [x, y, width, height], colour) => {
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + width, y + height);
    context.moveTo(x + width, y);
    context.lineTo(x, y + height);
    context.stroke();
  };

  // Corners around a box that is pointed at.
  const corners = (context, [x, y, width, height]) => {
    const gap = 6;
    const arm = Math.max(7, Math.min(width, height) / 4);
    const draw = (colour, line) => {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.beginPath();
      for (const [cx, dx] of [[x - gap, 1], [x + width + gap, -1]]) {
        for (const [cy, dy] of [[y - gap, 1], [y + height + gap, -1]]) {
          context.moveTo(cx + dx * arm, cy);
          context.lineTo(cx, cy);
          context.lineTo(cx, cy + dy * arm);
        }
      }
      context.stroke();
    };
    draw(SHADOW, 5);
    draw("#fff", 2.5);
  };

  const HEIGHT = 15;

  // Where a label finds room, kept within the canvas: over its box, else under it; one that must be read goes higher and
  // higher, another is left out (null): in a crowd, ids would hide the people.
  const roomFor = (canvas, width, [x, y, , height], low, taken, must) => {
    const left = Math.min(Math.max(0, x - 1), Math.max(0, canvas.clientWidth - width));
    const over = y - HEIGHT;
    const under = y + height;
    const tops = low ? [under, over] : [over, under];
    for (let step = 1; must && step < 5; step++) tops.push((low ? under : over) + (low ? step : -step) * (HEIGHT + 1));
    const free = (top) => top >= 0 && top + HEIGHT <= canvas.clientHeight
      && taken.every((one) => left >= one.right || one.left >= left + width || top >= one.bottom || one.top >= top + HEIGHT);
    const top = tops.find(free) ?? (must ? Math.min(Math.max(0, tops[0]), canvas.clientHeight - HEIGHT) : null);
    return top === null ? null : { left, top, right: left + width + 1, bottom: top + HEIGHT + 1 };
  };

  const label = (context, text, box, ground, { low, must, taken }) => {
    const width = Math.ceil(context.measureText(text).width) + 8;
    const place = roomFor(context.canvas, width, box, low, taken, must);
    if (!place) return;
    taken.push(place);
    context.fillStyle = SHADOW;
    context.fillRect(place.left - 0.75, place.top - 0.75, width + 1.5, HEIGHT + 1.5);
    context.fillStyle = ground;
    context.fillRect(place.left, place.top, width, HEIGHT);
    context.fillStyle = "#0b0d10";
    context.fillText(text, place.left + 4, place.top + 8);
  };

  const trail = (context, { points, colour }, { scale, left, top }) => {
    if (points.length < 2) return;
    const draw = (stroke, width) => {
      context.strokeStyle = stroke;
      context.lineWidth = width;
      context.lineJoin = "round";
      context.beginPath();
      for (const [place, [x, y]] of points.entries()) {
        if (place === 0) context.moveTo(left + x * scale, top + y * scale);
        else context.lineTo(left + x * scale, top + y * scale);
      }
      context.stroke();
    };
    draw(SHADOW, 4);
    draw(colour, 2);
  };

  // Of several errors at a box, the one whose colour it has: a switch says most.
  const gravest = ({ errors }) => errors.find(({ kind }) => kind === "identity switch") ?? errors[0];

  // The id and what is wrong, each thing once; of people in both runs' panel, in which run.
  const words = (box, both) => {
    const switched = box.errors.some(({ kind }) => kind === "identity switch"); // says more than that it was broken
    const marks = box.errors.filter(({ kind }) => !switched || kind !== "fragmentation").map((error) => {
      if (error.kind === "identity switch") return `was ${error.other}`;
      const { mark } = colours.kinds[error.kind];
      if (!both || box.layer !== "truth") return mark;
      const shared = box.errors.some(({ kind, side }) => kind === error.kind && side !== error.side);
      return `${mark} by ${shared ? "both" : "AB"[error.side]}`;
    });
    return [...new Set([box.name, ...marks])].filter((word) => word !== "").join(" \u00b7 ");
  };

  // scene: picture (or null), width, height, boxes, trails, labels (ids are written), both (two runs); a box has layer ("truth", "a" or "b"), id, x, y, width, height,
  // colour, dash, counts, name, errors at it, pointed (an event is shown at it), dim (somebody else is followed).
  motViewer.paint = (canvas, scene, view) => {
    const context = fit(canvas);
    const place = view.transform(canvas.clientWidth);
    backdrop(context, scene, place);
    for (const one of scene.trails) trail(context, one, place);
    const onCanvas = (box) => [
      place.left + box.x * place.scale, place.top + box.y * place.scale, box.width * place.scale, box.height * place.scale,
    ];
    const drawn = scene.boxes.map((box) => ({ box, at: onCanvas(box) })).filter(({ at: [x, y, width, height] }) =>
      x + width > 0 && y + height > 0 && x < canvas.clientWidth && y < canvas.clientHeight);
    const strong = ({ box }) => box.errors.length > 0 || box.pointed || box.followed;
    drawn.sort((one, other) => strong(one) - strong(other));
    for (const { box, at } of drawn) {
      context.globalAlpha = box.dim && !strong({ box }) ? 0.3 : box.dim ? 0.55 : 1;
      const error = gravest(box);
      const colour = error && box.layer === "truth" ? colours.kinds[error.kind].colour : box.colour;
      const width = !box.counts ? 0.75 : strong({ box }) ? 3 : box.layer === "truth" ? 1.25 : 2;
      frameBox(context, at, colour, width, box.counts ? box.dash : [1, 4]);
      if (box.errors.some((one) => one.kind === "false positive")) cross(context, at, colours.kinds["false positive"].colour);
    }
    context.globalAlpha = 1;
    for (const { box, at } of drawn) if (box.pointed) corners(context, at);
    const taken = [];
    for (const { box, at } of drawn.reverse()) {
      if (!strong({ box }) && (box.layer === "truth" || !scene.labels)) continue;
      context.globalAlpha = box.dim && !strong({ box }) ? 0.3 : 1;
      const error = gravest(box);
      const ground = error ? colours.kinds[error.kind].colour : box.colour;
      const text = words(box, scene.both);
      if (text) label(context, text, at, ground, { low: box.low || box.layer === "truth", must: strong({ box }), taken });
    }
    context.globalAlpha = 1;
  };
})();
