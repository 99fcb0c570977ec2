"use strict";
// The clock: frames in real time at a chosen speed. Where boxes or a picture are not there yet, it waits for them.
motViewer.Player = class {
  static ASLEEP = 500; // ms without a tick: the page was hidden, and goes on where it was

  // ready: whether a frame can be drawn; show: draws it; onChange: playing or not.
  constructor({ ready, show, onChange }) {
    Object.assign(this, { ready, show, onChange, playing: false, speed: 1, frame: 1, length: 1, rate: 25 });
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.frame >= this.length) this.show(1);
    this.playing = true;
    this.tickedAt = performance.now();
    this.anchor(this.tickedAt);
    this.onChange(true);
    requestAnimationFrame((now) => this.tick(now));
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.onChange(false);
  }

  // Time is counted from here.
  anchor(now) {
    this.startedAt = now;
    this.startedFrom = this.frame;
  }

  tick(now) {
    if (!this.playing) return;
    if (now - this.tickedAt > this.constructor.ASLEEP) this.anchor(now);
    this.tickedAt = now;
    const due = this.startedFrom + Math.floor(((now - this.startedAt) / 1000) * this.rate * this.speed);
    const wanted = Math.min(this.length, due);
    if (wanted > this.frame) {
      if (this.ready(wanted)) {
        this.show(wanted);
      } else {
        if (this.ready(this.frame + 1)) this.show(this.frame + 1);
        this.anchor(now);
      }
    }
    if (this.frame >= this.length) this.pause();
    else requestAnimationFrame((next) => this.tick(next));
  }
};
