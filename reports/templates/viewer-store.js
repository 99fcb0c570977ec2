"use strict";
// Boxes and errors: files of numbers that script tags load when they are needed, and that are forgotten again.
// A page opened from disk may not fetch; a script file may call a function of the page, and that is how data come in.
const motViewer = (() => {
  const waiting = new Map(); // path -> what to do with the content, or with null where the file cannot be loaded
  const pathOf = (...parts) => `viewer/data/${parts.join("/")}.js`;
  const chunkFile = (number) => `chunk-${String(number).padStart(3, "0")}`;

  const load = (path, then) => {
    waiting.set(path, then);
    const script = document.createElement("script");
    script.src = path;
    script.onerror = () => arrived(path, null);
    script.onload = () => script.remove();
    document.head.append(script);
  };

  const arrived = (path, content) => {
    const then = waiting.get(path);
    waiting.delete(path);
    if (then) then(content);
  };

  class Store {
    static KEPT = 24; // chunks of all layers together; the one that was not used for longest goes first

    constructor(chunkFrames, onArrival) {
      this.chunkFrames = chunkFrames;
      this.onArrival = onArrival;
      this.chunks = new Map(); // path -> {frames}; frames is null on the way. In order of use.
      this.errorFiles = new Map();
      this.missing = new Set(); // paths that could not be loaded
    }

    // Boxes of a frame as a flat list of six numbers a box; null where they are still on the way.
    frame(sequence, layer, frame) {
      const number = Math.floor((frame - 1) / this.chunkFrames);
      const chunk = this.chunk(sequence, layer, number);
      return chunk.frames && (chunk.frames[(frame - 1) % this.chunkFrames] ?? []);
    }

    chunk(sequence, layer, number) {
      const path = pathOf(sequence, layer, chunkFile(number));
      let chunk = this.chunks.get(path);
      if (chunk) {
        this.chunks.delete(path);
      } else {
        chunk = { frames: null };
        load(path, (frames) => {
          if (!frames) this.missing.add(path);
          chunk.frames = frames ?? [];
          this.onArrival();
        });
      }
      this.chunks.set(path, chunk);
      for (const old of this.chunks.keys()) {
        if (this.chunks.size <= this.constructor.KEPT) break;
        this.chunks.delete(old);
      }
      return chunk;
    }

    // Errors of a run as {causes, rows}; null where they are still on the way.
    errors(sequence, run) {
      const path = pathOf(sequence, run, "errors");
      if (!this.errorFiles.has(path)) {
        this.errorFiles.set(path, null);
        load(path, (content) => {
          if (!content) this.missing.add(path);
          this.errorFiles.set(path, content ?? { causes: [], rows: [] });
          this.onArrival();
        });
      }
      return this.errorFiles.get(path);
    }
  }

  return {
    Store,
    // The two functions that data files call.
    chunk: (sequence, layer, number, frames) => arrived(pathOf(sequence, layer, chunkFile(number)), frames),
    errors: (sequence, run, causes, rows) => arrived(pathOf(sequence, run, "errors"), { causes, rows }),
  };
})();
