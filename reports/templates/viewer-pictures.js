"use strict";
// Pictures of a sequence: a few ahead of the one that is shown are decoded, a few are kept, the others are let go.
motViewer.Pictures = class {
  static KEPT = 24;
  static BEHIND = 2;

  constructor(onArrival) {
    this.onArrival = onArrival;
    this.open("", 0);
  }

  // Take up another folder; an empty text: there are no pictures.
  open(folder, length) {
    for (const frame of this.held?.keys() ?? []) this.drop(frame);
    this.folder = folder;
    this.length = length;
    this.held = new Map(); // frame -> {image, state: "loading", "ready" or "missing"}
  }

  // The picture of a frame and `ahead` after it will be wanted.
  want(frame, ahead) {
    if (!this.folder) return;
    const last = Math.min(this.length, frame + ahead);
    for (let next = frame; next <= last; next++) this.fetch(next);
    for (const held of [...this.held.keys()]) {
      if (this.held.size <= this.constructor.KEPT) break;
      if (held < frame - this.constructor.BEHIND || held > last) this.drop(held);
    }
  }

  fetch(frame) {
    if (this.held.has(frame)) return;
    const image = new Image();
    const entry = { image, state: "loading" };
    this.held.set(frame, entry);
    image.src = `${this.folder}/${String(frame).padStart(6, "0")}.jpg`;
    const settle = (state) => {
      if (this.held.get(frame) !== entry) return;
      entry.state = state;
      this.onArrival();
    };
    image.decode().then(() => settle("ready"), () => settle("missing"));
  }

  drop(frame) {
    const entry = this.held.get(frame);
    this.held.delete(frame);
    entry.image.src = "";
  }

  // Whether the stage of this frame need not wait for a picture.
  settled(frame) {
    return !this.folder || (this.held.get(frame)?.state ?? "loading") !== "loading";
  }

  // The picture of a frame; null where there is none, or none yet.
  at(frame) {
    const entry = this.held.get(frame);
    return entry?.state === "ready" ? entry.image : null;
  }
};
