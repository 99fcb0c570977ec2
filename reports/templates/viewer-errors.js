"use strict";
// The errors of the runs that are shown: which there are, which are chosen, which comes next.
(() => {
  const BUCKET = 64; // frames
  const HELD_SECONDS = { "identity switch": 1, fragmentation: 0.4 };

  // Rows as the data files have them, as records; `side` says whose they are: 0 for run A, 1 for run B.
  const records = (content, kinds, side) =>
    content.rows.map(([frame, last, kind, cause, truth, track, other, iou]) => ({
      side, frame, last, kind: kinds[kind], cause: content.causes[cause], truth, track, other, iou,
    }));

  const keyOf = (error) => [error.side ? "b" : "a", error.kind, error.frame, error.truth ?? "", error.track ?? ""].join(":");

  const meets = (one, other, slack) => one.frame <= other.last + slack && other.frame <= one.last + slack;

  class Errors {
    constructor(kinds) {
      this.kinds = kinds;
      this.clear();
    }

    clear() {
      this.all = [];
      this.chosen = [];
      this.sides = [null, null];
      this.buckets = new Map(); // which errors are near a frame
    }

    // Take the errors of a side; rate in frames per second.
    take(side, content, rate) {
      this.sides[side] = content && records(content, this.kinds, side);
      this.rate = rate;
      const order = (error) => error.frame * 64 + this.kinds.indexOf(error.kind) * 2 + error.side;
      this.all = this.sides.flatMap((side) => side ?? []).sort((one, other) => order(one) - order(other));
      for (const [place, error] of this.all.entries()) error.place = place;
      this.buckets.clear();
      for (const error of this.all) {
        for (let bucket = Math.floor(error.frame / BUCKET); bucket <= (error.last + this.held(error)) / BUCKET; bucket++) {
          if (!this.buckets.has(bucket)) this.buckets.set(bucket, []);
          this.buckets.get(bucket).push(error);
        }
      }
      this.markAlone();
    }

    // For how many frames after it an error is marked: a switch is over at once, and would not be seen.
    held(error) {
      return Math.round(this.rate * (HELD_SECONDS[error.kind] ?? 0));
    }

    // Mark the errors that the other run does not make: none of this kind at the same person within half a second.
    markAlone() {
      const slack = Math.round(this.rate / 2);
      const byPerson = new Map();
      for (const error of this.all) {
        const key = `${error.kind}:${error.truth}`;
        if (!byPerson.has(key)) byPerson.set(key, [[], []]);
        byPerson.get(key)[error.side].push(error);
        error.alone = true;
      }
      for (const error of this.all) {
        if (error.truth === null) continue;
        const others = byPerson.get(`${error.kind}:${error.truth}`)[1 - error.side];
        error.alone = !others.some((other) => meets(other, error, slack));
      }
    }

    // Choose by kind, cause ("" for all), side (-1 for both), and whether the other run must be without it.
    choose({ kinds, cause, side, alone }) {
      this.chosen = this.all.filter((error) =>
        kinds.has(error.kind) && (!cause || error.cause === cause) && (side < 0 || error.side === side) && (!alone || error.alone));
    }

    // Errors of a side at a frame, those included that are marked a while longer; only of these kinds.
    at(frame, side, kinds) {
      const near = this.buckets.get(Math.floor(frame / BUCKET)) ?? [];
      return near.filter((error) =>
        error.side === side && kinds.has(error.kind) && error.frame <= frame && frame <= error.last + this.held(error));
    }

    count(kind, side) {
      return this.all.filter((error) => error.kind === kind && (side < 0 || error.side === side))
        .reduce((sum, error) => sum + error.last - error.frame + 1, 0);
    }

    causes(kinds) {
      return [...new Set(this.all.filter((error) => kinds.has(error.kind)).map((error) => error.cause))].filter(Boolean).sort();
    }

    // The chosen error after (way 1) or before (way -1) the focused one or the frame; undefined where there is none.
    next(way, frame, focus, kind) {
      const list = kind ? this.chosen.filter((error) => error.kind === kind) : this.chosen;
      const later = focus?.frame === frame ? ({ place }) => place > focus.place : (error) => error.frame > frame;
      const earlier = focus?.frame === frame ? ({ place }) => place < focus.place : (error) => error.frame < frame;
      return way > 0 ? list.find(later) : list.findLast(earlier);
    }

    find(key) {
      return this.all.find((error) => keyOf(error) === key);
    }
  }

  motViewer.Errors = Errors;
  motViewer.errorKey = keyOf;
})();
