"use strict";
// The address of what is shown: sequence, runs, frame, error, and who is followed, after the # of the page's address.
(() => {
  const FIELDS = ["sequence", "a", "b", "layout", "frame", "error", "follow"];
  const PATIENCE = 250; // ms; browsers refuse an address that changes with every frame

  motViewer.Link = class {
    // read: is called with the fields of an address that somebody entered.
    constructor(read) {
      this.written = location.hash;
      addEventListener("hashchange", () => {
        if (location.hash !== this.written) read(this.fields());
      });
    }

    fields() {
      const found = new URLSearchParams(location.hash.slice(1));
      return Object.fromEntries(FIELDS.filter((name) => found.has(name)).map((name) => [name, found.get(name)]));
    }

    // Put what is shown into the address, soon.
    write(fields) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.writeNow(fields), PATIENCE);
    }

    writeNow(fields) {
      clearTimeout(this.timer);
      const named = FIELDS.filter((name) => fields[name] !== undefined && fields[name] !== null && fields[name] !== "");
      this.written = `#${new URLSearchParams(named.map((name) => [name, String(fields[name])]))}`;
      if (location.hash !== this.written) history.replaceState(null, "", this.written);
    }
  };
})();
