"use strict";
// Buttons and choices, what they do to the viewer, and what the page tells of it; then the page begins.
(() => {
  const byId = (id) => document.getElementById(id);
  const index = JSON.parse(byId("index").textContent);
  const canvases = [byId("canvas-0"), byId("canvas-1")];
  const viewer = new motViewer.Viewer(index, { canvases });
  const link = new motViewer.Link((fields) => openLink(fields));
  const timeline = new motViewer.Timeline(byId("timeline"), byId("timeline-canvas"), index.kinds, (frame) => step(frame));
  const table = new motViewer.ErrorTable(
    { body: byId("errors-body"), caption: byId("errors-shown"), before: byId("errors-before"), after: byId("errors-after") },
    (error) => viewer.goTo(error),
  );
  const say = (text) => {
    byId("said").textContent = text;
  };
  const labels = () => viewer.runs.map((run) => run?.label ?? "");

  // A line that stays until another frame is shown.
  const remark = (text) => {
    remarked = { text, frame: viewer.player.frame };
    byId("note").textContent = text;
    say(text);
  };
  let remarked = null;

  const step = (frame) => {
    viewer.player.pause();
    viewer.show(frame);
  };

  const jump = (way, kind) => {
    if (viewer.jump(way, kind)) return;
    remark(`No ${kind ?? "error of the chosen kinds"} ${way > 0 ? "after" : "before"} frame ${viewer.player.frame}.`);
  };

  const zoom = (factor) => {
    if (factor) viewer.view.scale(factor);
    else viewer.view.whole();
    viewer.redrawSoon();
  };

  // --- the address

  const fieldsNow = () => ({
    sequence: viewer.sequence.name,
    a: viewer.runs[0]?.label,
    b: viewer.runs[1]?.label ?? "none",
    layout: viewer.layout === "over" ? "over" : "",
    frame: viewer.player.frame,
    error: viewer.focus ? motViewer.errorKey(viewer.focus) : viewer.wanted ?? "",
    follow: viewer.followed ? `${viewer.followed.layer}:${viewer.followed.id}` : "",
  });

  const whoIs = (text) => {
    const [layer, id] = (text ?? "").split(":");
    return ["truth", "a", "b"].includes(layer) && /^\d+$/.test(id ?? "") ? { layer, id: Number(id) } : null;
  };

  // Open what an address names; what it does not name, or what there is not, is as at first.
  const openLink = (fields) => {
    const run = (label, otherwise) => (label === "none" ? null : index.runs.find((one) => one.label === label) ?? otherwise);
    const first = index.first.map((label) => index.runs.find((one) => one.label === label));
    const sequence = index.sequences.find(({ name }) => name === fields.sequence) ?? viewer.sequence ?? index.sequences[0];
    const runs = [run(fields.a, first[0] ?? null), run(fields.b, fields.a ? null : first[1] ?? null)];
    viewer.layout = fields.layout === "over" ? "over" : "side";
    viewer.wanted = fields.error ?? null;
    viewer.followed = null;
    viewer.open(sequence, runs, Number(fields.frame ?? 1));
    if (fields.follow) viewer.follow(whoIs(fields.follow));
  };

  // --- what follows from a change

  viewer.on("opened", () => {
    const { sequence, runs } = viewer;
    byId("sequence").value = sequence.name;
    byId("run-a").value = runs[0]?.label ?? "";
    byId("run-b").value = runs[1]?.label ?? "";
    byId("layout").value = viewer.layout;
    byId("layout").disabled = !runs[1];
    byId("frame").max = sequence.length;
    byId("frames").textContent = `of ${sequence.length}`;
    byId("rate").textContent = `${Number(sequence.rate.toFixed(2))} frames/s`;
    const panels = viewer.panels();
    for (const [place, canvas] of canvases.entries()) {
      canvas.closest("figure").hidden = place >= panels.length;
      canvas.style.aspectRatio = `${sequence.width} / ${sequence.height}`;
    }
    byId("panels").style.setProperty("--aspect", sequence.width / sequence.height);
    byId("panels").dataset.count = panels.length;
    for (const [place, side] of panels.entries()) {
      const named = (one) => `${"AB"[one]} \u00b7 ${runs[one]?.label ?? "no run"}`;
      byId(`name-${place}`).replaceChildren(...(side < 0 ? [0, 1] : [side]).map((one) => {
        const name = document.createElement("b");
        name.textContent = named(one);
        if (side < 0) name.className = `over-${"ab"[one]}`;
        return name;
      }));
    }
    byId("error-side").closest("label").hidden = !runs[1];
    byId("alone").closest("label").hidden = !runs[1];
    for (const side of [0, 1]) byId("error-side").options[side + 1].textContent = `${"AB"[side]} \u00b7 ${labels()[side]}`;
    const lacking = runs.filter((run) => run && !run.explained).map((run) => run.label);
    byId("unexplained").hidden = lacking.length === 0;
    byId("unexplained").textContent = `No errors are known of ${lacking.join(" and ")}: mot-bench explain finds them.`;
    if (!runs[1] || lacking.length) Object.assign(viewer.choice, { side: -1, alone: false });
    byId("error-side").value = viewer.choice.side;
    byId("alone").checked = viewer.choice.alone;
    chosen();
  });

  const chosen = () => {
    const { errors, choice } = viewer;
    for (const chip of document.querySelectorAll("#kinds button")) {
      chip.setAttribute("aria-pressed", choice.kinds.has(chip.dataset.kind));
      chip.querySelector("b").textContent = errors.count(chip.dataset.kind, choice.side);
    }
    const causes = errors.causes(choice.kinds);
    byId("cause").replaceChildren(new Option("every cause", ""), ...causes.map((cause) => new Option(cause)));
    byId("cause").value = choice.cause;
    timeline.show(errors.chosen, viewer.runs[1] ? 2 : 1, viewer.sequence.length);
    table.show(errors.chosen, labels(), viewer.focus, viewer.player.frame);
  };
  viewer.on("chosen", () => {
    remarked = null;
    if (viewer.focus) table.point(viewer.focus);
    chosen();
  });

  viewer.on("drawn", () => {
    const { frame, playing } = viewer.player;
    if (document.activeElement !== byId("frame") || playing) byId("frame").value = frame;
    byId("time").textContent = `${((frame - 1) / viewer.sequence.rate).toFixed(2)} s`;
    byId("play").textContent = playing ? "Pause" : "Play";
    byId("zoom").textContent = `${viewer.view.zoom.toFixed(1)}\u00d7`;
    byId("centred").checked = viewer.centred;
    timeline.draw(frame);
    for (const [place, panel] of viewer.summaries.entries()) {
      const words = motViewer.panelWords(panel, frame);
      byId(`counts-${place}`).textContent = words;
      const lost = viewer.pictures.held.get(frame)?.state === "missing" ? "The picture cannot be loaded. " : "";
      if (!playing) canvases[place].setAttribute("aria-label", `${lost}Frame ${frame}, ${byId(`name-${place}`).textContent}: ${words}`);
    }
    const { missing } = viewer.store;
    byId("lost").hidden = missing.size === 0;
    byId("lost").textContent = missing.size ? `Cannot be loaded: ${[...missing][0]}` : "";
    if (playing) return;
    link.write(fieldsNow());
    const layers = viewer.layers(-1).map((layer) => ({ ...layer, numbers: viewer.numbers(layer.key, frame) ?? [] }));
    const names = { truth: "Ground truth", a: `A \u00b7 ${labels()[0]}`, b: `B \u00b7 ${labels()[1]}` };
    motViewer.fillFollow(byId("follow"), { layers, names, followed: viewer.followed });
    if (remarked?.frame === frame) return;
    remarked = null;
    const { followed, focus } = viewer;
    const notes = [
      focus ? motViewer.errorWords(focus) : "",
      followed ? motViewer.followWords(followed, viewer.followedBox(frame)) : "",
    ];
    byId("note").textContent = notes.filter(Boolean).join(" \u00b7 ");
    say(`Frame ${frame}. ${byId("note").textContent}`);
  });

  // --- controls

  const onChange = (id, then) => byId(id).addEventListener("change", () => then(byId(id)));
  const onClick = (id, then) => byId(id).addEventListener("click", then);
  const runNamed = (label) => index.runs.find((run) => run.label === label) ?? null;
  const reopen = () => viewer.open(
    index.sequences.find(({ name }) => name === byId("sequence").value),
    [runNamed(byId("run-a").value), runNamed(byId("run-b").value)],
    viewer.sequence.name === byId("sequence").value ? viewer.player.frame : 1,
  );
  for (const id of ["sequence", "run-a", "run-b"]) onChange(id, reopen);
  const setLayout = (layout) => {
    viewer.layout = layout;
    reopen();
  };
  onChange("layout", ({ value }) => setLayout(value));
  for (const name of ["truth", "labels", "trails"]) {
    onChange(`show-${name}`, ({ checked }) => {
      viewer.options[name] = checked;
      viewer.redrawSoon();
    });
  }
  onClick("play", () => viewer.player.toggle());
  onClick("back", () => step(viewer.player.frame - 1));
  onClick("forward", () => step(viewer.player.frame + 1));
  onClick("error-before", () => jump(-1));
  onClick("error-after", () => jump(1));
  onChange("frame", ({ value }) => step(Number(value)));
  onChange("speed", ({ value }) => {
    viewer.player.speed = Number(value);
    viewer.player.anchor(performance.now());
  });
  onClick("nearer", () => zoom(1.5));
  onClick("farther", () => zoom(1 / 1.5));
  onClick("whole", () => zoom(0));
  onChange("follow", ({ value }) => viewer.follow(whoIs(value)));
  onChange("centred", ({ checked }) => {
    viewer.centred = checked;
    if (checked) viewer.follow(viewer.followed);
  });
  onChange("cause", ({ value }) => viewer.choose({ cause: value }));
  onChange("error-side", ({ value }) => viewer.choose({ side: Number(value) }));
  onChange("alone", ({ checked }) => viewer.choose({ alone: checked }));
  for (const chip of document.querySelectorAll("#kinds button")) {
    chip.addEventListener("click", (event) => {
      const { kind } = chip.dataset;
      const kinds = new Set(event.shiftKey ? [] : viewer.choice.kinds);
      if (!kinds.delete(kind)) kinds.add(kind);
      viewer.choose({ kinds });
    });
  }
  onClick("copy", async () => {
    link.writeNow(fieldsNow());
    try {
      await navigator.clipboard.writeText(location.href);
      remark("The link is copied.");
    } catch {
      remark(`Copy the address of this page: ${location.href}`);
    }
  });

  motViewer.listenToKeys(viewer, { step, jump, zoom, setLayout, press: (id) => byId(id).click() });
  motViewer.listenToPointers(viewer, canvases);

  addEventListener("resize", () => viewer.redrawSoon());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chosen());

  if (index.sequences.length) openLink(link.fields());
})();
