"use strict";
// Keys that work wherever the focus is, but where one types or chooses.
motViewer.listenToKeys = (viewer, { step, jump, zoom, setLayout, press }) => {
  const keys = {
    " ": () => viewer.player.toggle(),
    ArrowLeft: (event) => step(viewer.player.frame - (event.shiftKey ? 10 : 1)),
    ArrowRight: (event) => step(viewer.player.frame + (event.shiftKey ? 10 : 1)),
    Home: () => step(1),
    End: () => step(viewer.sequence.length),
    n: () => jump(1),
    p: () => jump(-1),
    f: () => {
      const { focus } = viewer;
      if (focus) viewer.follow(focus.truth === null ? { layer: "ab"[focus.side], id: focus.track } : { layer: "truth", id: focus.truth });
    },
    Escape: () => viewer.follow(null),
    "+": () => zoom(1.5),
    "-": () => zoom(1 / 1.5),
    0: () => zoom(0),
    g: () => press("show-truth"),
    o: () => viewer.runs[1] && setLayout(viewer.layout === "over" ? "side" : "over"),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    if (target.closest("select, input[type=number], summary")) return;
    if (event.key === " " && target.closest("button, a, input")) return;
    const digit = /^Digit([1-5])$/.exec(event.code);
    const action = digit ? () => jump(event.shiftKey ? -1 : 1, viewer.index.kinds[digit[1] - 1]) : keys[event.key];
    if (!action) return;
    event.preventDefault();
    action(event);
  });
};
