"use strict";
// The table of errors, a page of rows at a time; a row leads to its frame.
(() => {
  const ROWS = 12;
  const dash = "\u2013";
  const shown = (id) => (id === null ? dash : String(id));

  const cell = (tag, text, kind) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };

  motViewer.ErrorTable = class {
    // parts: body, caption, before, after (buttons); go: is called with the error that is chosen.
    constructor(parts, go) {
      Object.assign(this, { parts, go, errors: [], page: 0, focus: null, names: [] });
      parts.before.addEventListener("click", () => this.turn(this.page - 1));
      parts.after.addEventListener("click", () => this.turn(this.page + 1));
    }

    // Show these errors; names of the runs by side.
    show(errors, names, focus, frame) {
      Object.assign(this, { errors, names, focus });
      const place = focus ? errors.indexOf(focus) : errors.findIndex((error) => error.frame >= frame);
      this.turn(Math.floor((place < 0 ? errors.length : place) / ROWS));
    }

    // Mark the error that is shown, and turn to its page.
    point(focus) {
      this.focus = focus;
      const place = focus ? this.errors.indexOf(focus) : -1;
      this.turn(place >= 0 ? Math.floor(place / ROWS) : this.page);
    }

    turn(page) {
      const pages = Math.max(1, Math.ceil(this.errors.length / ROWS));
      this.page = Math.min(Math.max(0, page), pages - 1);
      const first = this.page * ROWS;
      const focused = document.activeElement?.closest?.("tr")?.rowIndex;
      this.parts.body.replaceChildren(...this.errors.slice(first, first + ROWS).map((error) => this.row(error)));
      if (focused) this.parts.body.rows[Math.min(focused, this.parts.body.rows.length) - 1]?.querySelector("button").focus();
      const last = Math.min(first + ROWS, this.errors.length);
      this.parts.caption.textContent = this.errors.length ? `${first + 1} to ${last} of ${this.errors.length}` : "none";
      this.parts.before.disabled = this.page === 0;
      this.parts.after.disabled = this.page === pages - 1;
    }

    row(error) {
      const row = document.createElement("tr");
      const button = cell("button", error.frame);
      button.type = "button";
      button.setAttribute("aria-label", `Show the ${error.kind} at frame ${error.frame}`);
      const head = cell("td", "", "number");
      head.append(button);
      const kind = cell("td", "", "kind");
      const mark = cell("i", "");
      mark.dataset.kind = error.kind;
      kind.append(mark, error.kind);
      const frames = error.last - error.frame + 1;
      row.append(
        head,
        cell("td", this.names[error.side], "run"),
        kind,
        cell("td", error.cause || dash),
        cell("td", shown(error.truth), "number"),
        cell("td", error.kind === "identity switch" ? `${shown(error.other)} \u2192 ${shown(error.track)}` : shown(error.track), "number"),
        cell("td", String(frames), "number"),
        cell("td", error.iou === null ? dash : `${error.iou}`, "number"),
      );
      if (error === this.focus) row.setAttribute("aria-current", "true");
      row.addEventListener("click", () => this.go(error));
      return row;
    }
  };
})();
