"use strict";
// Which part of the stage is seen: all of it, or a part that follows somebody. Every panel has the same view.
(() => {
  const MOST = 12;
  const between = (low, value, high) => Math.min(Math.max(value, low), high);

  motViewer.View = class {
    constructor() {
      this.size(1, 1);
    }

    // A stage of so many pixels, seen as a whole.
    size(width, height) {
      this.width = width;
      this.height = height;
      this.whole();
    }

    whole() {
      this.zoom = 1;
      this.x = this.width / 2;
      this.y = this.height / 2;
    }

    // Nearer or farther by a factor, about a point of the stage, which stays where it is.
    scale(factor, x = this.x, y = this.y) {
      const zoom = between(1, this.zoom * factor, MOST);
      const part = 1 - this.zoom / zoom;
      this.centre(this.x + (x - this.x) * part, this.y + (y - this.y) * part, zoom);
    }

    // Look at a point; never beyond the edge of the stage.
    centre(x, y, zoom = this.zoom) {
      this.zoom = zoom;
      const halfWidth = this.width / zoom / 2;
      const halfHeight = this.height / zoom / 2;
      this.x = between(halfWidth, x, this.width - halfWidth);
      this.y = between(halfHeight, y, this.height - halfHeight);
    }

    // How near a box {width, height} should be seen: about half as high as the stage.
    near(box) {
      return between(1, Math.min(this.height / (2 * box.height), this.width / (3 * box.width)), MOST / 2);
    }

    // Of a canvas of this width: pixels of the canvas for one of the stage, and the stage's left top corner there.
    transform(width) {
      const scale = (width / this.width) * this.zoom;
      const left = (this.width / this.zoom / 2 - this.x) * scale;
      const top = (this.height / this.zoom / 2 - this.y) * scale;
      return { scale, left, top };
    }
  };
})();
