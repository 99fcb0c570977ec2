"use strict";
// Pointers on the stage: drag it, zoom with the wheel and Ctrl, click a box to follow who is in it.
motViewer.listenToPointers = (viewer, canvases) => {
  const DRAG = 4;
  for (const canvas of canvases) {
    const perPixel = () => viewer.sequence.width / viewer.view.zoom / canvas.clientWidth;
    const pointOf = (event) => {
      const box = canvas.getBoundingClientRect();
      const { scale, left, top } = viewer.view.transform(canvas.clientWidth);
      return [(event.clientX - box.left - left) / scale, (event.clientY - box.top - top) / scale];
    };
    let from = null;
    canvas.addEventListener("pointerdown", (event) => {
      from = { x: event.clientX, y: event.clientY, moved: false };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!from || !(event.buttons & 1) || viewer.view.zoom === 1) return;
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      if (!from.moved && Math.hypot(dx, dy) < DRAG) return;
      from = { x: event.clientX, y: event.clientY, moved: true };
      viewer.centred = false;
      viewer.view.centre(viewer.view.x - dx * perPixel(), viewer.view.y - dy * perPixel());
      viewer.redrawSoon();
    });
    canvas.addEventListener("pointerup", (event) => {
      const moved = from?.moved;
      from = null;
      if (moved) return;
      const [x, y] = pointOf(event);
      const under = canvas.boxes.filter((box) => box.x <= x && x <= box.x + box.width && box.y <= y && y <= box.y + box.height);
      under.sort((one, other) => (one.layer === "truth") - (other.layer === "truth") || one.width * one.height - other.width * other.height);
      const [hit] = under;
      if (!hit) return;
      const again = viewer.followed?.layer === hit.layer && viewer.followed.id === hit.id;
      viewer.follow(again ? null : { layer: hit.layer, id: hit.id });
    });
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      viewer.view.scale(event.deltaY < 0 ? 1.2 : 1 / 1.2, ...pointOf(event));
      viewer.redrawSoon();
    }, { passive: false });
  }
};
