"use strict";
// What is shown, and how it is drawn: the state of the page and all that changes it.
(() => {
  const AHEAD = { playing: 12, paused: 3 }; // pictures
  const TRAIL_SECONDS = 2;
  const CLOSE = 0.25; // of the way to who is followed, each frame while it plays: boxes tremble, a view should not

  motViewer.Viewer = class {
    constructor(index, parts) {
      Object.assign(this, { index, parts });
      this.sequence = null;
      this.runs = [null, null];
      this.layout = "side";
      this.options = { truth: true, labels: true, trails: true };
      this.choice = { kinds: new Set(index.kinds), cause: "", side: -1, alone: false };
      this.focus = null;
      this.followed = null; // {layer: "truth", "a" or "b", id}
      this.centred = true;
      const soon = () => this.redrawSoon();
      this.store = new motViewer.Store(index.chunk, soon);
      this.pictures = new motViewer.Pictures(soon);
      this.errors = new motViewer.Errors(index.kinds);
      this.view = new motViewer.View();
      this.player = new motViewer.Player({
        ready: (frame) => this.ready(frame), show: (frame) => this.show(frame), onChange: (playing) => this.played(playing),
      });
      this.listeners = { opened: [], drawn: [], chosen: [] };
    }

    on(what, then) {
      this.listeners[what].push(then);
    }

    tell(what) {
      for (const then of this.listeners[what]) then();
    }

    // --- what is open

    // Open a sequence with one run or two (null: none), at a frame.
    open(sequence, runs, frame = 1) {
      const other = sequence !== this.sequence;
      this.player.pause();
      if (other || runs.some((run, side) => run !== this.runs[side])) {
        this.errors.clear();
        this.focus = null;
        if (other || this.followed?.layer !== "truth") this.followed = null;
      }
      Object.assign(this, { sequence, runs });
      if (other) {
        this.pictures.open(sequence.pictures, sequence.length);
        this.view.size(sequence.width, sequence.height);
      }
      Object.assign(this.player, { length: sequence.length, rate: sequence.rate });
      this.tell("opened");
      this.show(frame);
    }

    // Names of the layers of a panel, with what the data files call them.
    layers(side) {
      const sides = side < 0 ? [0, 1] : [side];
      const tracks = sides.filter((one) => this.has(one)).map((one) => ({ name: "ab"[one], key: this.runs[one].key, low: one === 1 && side < 0 }));
      return this.sequence.truth ? [{ name: "truth", key: "truth", low: false }, ...tracks] : tracks;
    }

    // Whether there are tracks on this side.
    has(side) {
      const run = this.runs[side];
      return Boolean(run) && run.sequences.includes(this.index.sequences.indexOf(this.sequence));
    }

    // Which sides the panels show: -1 for both over each other.
    panels() {
      if (!this.runs[1]) return [0];
      return this.layout === "over" ? [-1] : [0, 1];
    }

    numbers(key, frame) {
      if (frame < 1 || frame > this.sequence.length) return [];
      return this.store.frame(this.sequence.key, key, frame);
    }

    ready(frame) {
      this.pictures.want(frame, this.player.playing ? AHEAD.playing : AHEAD.paused);
      const later = Math.min(this.sequence.length, frame + this.index.chunk / 2);
      const loaded = this.layers(-1).map(({ key }) => {
        this.numbers(key, later);
        return this.numbers(key, frame) !== null;
      });
      return loaded.every(Boolean) && this.pictures.settled(frame);
    }

    // --- errors

    takeErrors() {
      for (const side of [0, 1]) {
        if (this.errors.sides[side] || !this.has(side) || !this.runs[side].explained) continue;
        const content = this.store.errors(this.sequence.key, this.runs[side].key);
        if (!content) continue;
        this.errors.take(side, content, this.sequence.rate);
        this.choose({});
      }
      const loading = [0, 1].some((side) => !this.errors.sides[side] && this.has(side) && this.runs[side].explained);
      if (!this.wanted || loading) return;
      this.focus = this.errors.find(this.wanted) ?? null;
      this.wanted = null;
      this.tell("chosen");
    }

    choose(changes) {
      Object.assign(this.choice, changes);
      if (this.choice.cause && !this.errors.causes(this.choice.kinds).includes(this.choice.cause)) this.choice.cause = "";
      this.errors.choose(this.choice);
      if (!this.errors.chosen.includes(this.focus)) this.focus = null;
      this.tell("chosen");
      this.redrawSoon();
    }

    // To the next error (way 1) or the one before (way -1), of one kind or of all that are chosen; whether there is one.
    jump(way, kind) {
      if (kind && !this.choice.kinds.has(kind)) this.choose({ kinds: new Set([...this.choice.kinds, kind]) });
      const error = this.errors.next(way, this.player.frame, this.focus, kind);
      if (error) this.goTo(error);
      return Boolean(error);
    }

    goTo(error) {
      this.player.pause();
      this.focus = error;
      this.tell("chosen");
      this.show(error.frame);
    }

    // --- who is followed

    follow(who) {
      this.followed = who;
      this.approaching = Boolean(who); // until their box is there
      if (!who) this.view.whole();
      this.redrawSoon();
    }

    // The box of who is followed; null where they are not in this frame, or nobody is followed.
    followedBox(frame) {
      const layer = this.followed && this.layers(-1).find(({ name }) => name === this.followed.layer);
      const numbers = layer && this.numbers(layer.key, frame);
      return (numbers && motViewer.scene.boxesOf(numbers, layer.name).find(({ id }) => id === this.followed.id)) ?? null;
    }

    lookAt() {
      const box = this.centred && this.followedBox(this.player.frame);
      if (!box) return;
      const zoom = this.approaching ? this.view.near(box) : this.view.zoom;
      const part = this.approaching || !this.player.playing ? 1 : CLOSE;
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      this.view.centre(this.view.x + (x - this.view.x) * part, this.view.y + (y - this.view.y) * part, zoom);
      this.approaching = false;
    }

    trails(layers, frame) {
      if (!this.options.trails || !this.followed) return [];
      const length = Math.round(TRAIL_SECONDS * this.sequence.rate);
      return layers.filter(({ name }) => name === this.followed.layer).map(({ key, name }) => {
        const frames = [];
        for (let past = Math.max(1, frame - length); past <= frame; past++) frames.push(this.numbers(key, past));
        const colour = name === "truth" ? motViewer.colours.truth : motViewer.colours.identity(this.followed.id);
        return { points: motViewer.scene.trailOf(frames, this.followed.id), colour };
      });
    }

    // --- drawing

    show(frame) {
      this.player.frame = Math.min(Math.max(1, Math.round(frame) || 1), this.sequence.length);
      if (!this.player.playing) this.player.anchor(performance.now());
      this.draw();
    }

    redrawSoon() {
      this.drawing ??= requestAnimationFrame(() => this.draw());
    }

    draw() {
      cancelAnimationFrame(this.drawing);
      this.drawing = null;
      const { frame } = this.player;
      this.takeErrors();
      this.ready(frame);
      this.lookAt();
      const follow = this.followedBox(frame);
      const picture = this.pictures.at(frame);
      this.summaries = this.panels().map((side, place) => {
        const layers = this.layers(side).map((layer) => ({ ...layer, numbers: this.numbers(layer.key, frame) ?? [] }));
        const errors = Object.fromEntries(layers.filter(({ name }) => name !== "truth")
          .map(({ name }) => [name, this.errors.at(frame, "ab".indexOf(name), this.choice.kinds)]));
        const focus = this.focus && { ...this.focus, held: this.errors.held(this.focus) };
        const boxes = motViewer.scene.panelBoxes({
          layers, errors, follow, focus, frame, byRun: side < 0, showTruth: this.options.truth,
        });
        const { width, height } = this.sequence;
        const trails = this.trails(layers, frame);
        const scene = { picture, width, height, boxes, trails, labels: this.options.labels, both: side < 0 };
        this.parts.canvases[place].boxes = boxes;
        motViewer.paint(this.parts.canvases[place], scene, this.view);
        return { side, layers, errors };
      });
      this.tell("drawn");
    }

    played(playing) {
      this.tell("drawn");
      if (!playing) this.redrawSoon();
    }
  };
})();
