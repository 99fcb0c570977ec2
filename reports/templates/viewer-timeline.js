"use strict";
// The timeline: a slider over all frames, with a lane of marks for each kind of error of each run.
(() => {
  const LANE = 11;
  const GAP = 6;
  const TOP = 4;

  motViewer.Timeline = class {
    // element: what takes the keyboard; canvas: in it; seek: is called with the frame that is pointed at.
    constructor(element, canvas, kinds, seek) {
      Object.assign(this, { element, canvas, kinds, seek, length: 1, frame: 1, errors: [], sides: 1 });
      const point = (event) => {
        const box = canvas.getBoundingClientRect();
        const part = (event.clientX - box.left) / box.width;
        seek(Math.min(this.length, Math.max(1, 1 + Math.floor(part * this.length))));
      };
      element.addEventListener("pointerdown", (event) => {
        element.setPointerCapture(event.pointerId);
        point(event);
      });
      element.addEventListener("pointermove", (event) => {
        if (element.hasPointerCapture(event.pointerId)) point(event);
      });
    }

    // Other errors, other runs or another sequence: the marks are drawn again.
    show(errors, sides, length) {
      Object.assign(this, { errors, sides, length });
      this.canvas.style.height = `${this.height()}px`;
      this.marks = null;
      this.draw(this.frame);
    }

    height() {
      return 2 * TOP + this.sides * this.kinds.length * LANE + (this.sides - 1) * GAP;
    }

    drawMarks(width, ratio) {
      const marks = document.createElement("canvas");
      marks.width = Math.round(width * ratio);
      marks.height = Math.round(this.height() * ratio);
      const context = marks.getContext("2d");
      context.scale(ratio, ratio);
      const lane = (side, kind) => TOP + side * (this.kinds.length * LANE + GAP) + this.kinds.indexOf(kind) * LANE;
      const style = getComputedStyle(this.element);
      context.fillStyle = style.getPropertyValue("--lane");
      for (let side = 0; side < this.sides; side++) {
        for (const kind of this.kinds) context.fillRect(0, lane(side, kind), width, LANE - 2);
      }
      const perFrame = width / this.length;
      for (const error of this.errors) {
        // Errors that last lie over each other: the more people, the darker.
        context.globalAlpha = error.last > error.frame ? 0.45 : 1;
        const long = Math.max(2, (error.last - error.frame + 1) * perFrame);
        context.fillStyle = style.getPropertyValue(`--kind-${this.kinds.indexOf(error.kind)}`);
        context.fillRect((error.frame - 1) * perFrame, lane(error.side, error.kind), long, LANE - 2);
      }
      return marks;
    }

    draw(frame) {
      this.frame = frame;
      const ratio = devicePixelRatio || 1;
      const width = this.canvas.clientWidth;
      if (!width) return;
      if (!this.marks || this.marks.width !== Math.round(width * ratio)) this.marks = this.drawMarks(width, ratio);
      this.canvas.width = this.marks.width;
      this.canvas.height = this.marks.height;
      const context = this.canvas.getContext("2d");
      context.drawImage(this.marks, 0, 0);
      context.scale(ratio, ratio);
      context.fillStyle = getComputedStyle(this.element).getPropertyValue("--ink");
      const x = ((frame - 0.5) / this.length) * width;
      context.fillRect(Math.min(width - 2, Math.max(0, x - 1)), 0, 2, this.height());
      this.element.setAttribute("aria-valuenow", frame);
      this.element.setAttribute("aria-valuemax", this.length);
      this.element.setAttribute("aria-valuetext", `frame ${frame} of ${this.length}`);
    }
  };
})();
