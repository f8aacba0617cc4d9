(() => {
  if (window.digitLabReportsStrokes) return;
  window.digitLabReportsStrokes = true;
  let surface = null;
  const options = { capture: true, passive: true };
  document.addEventListener(
    "pointerdown",
    (event) => {
      const [target] = event.composedPath(); // event.target is only the host of the canvas's shadow root
      surface = target.matches?.("canvas.upper-canvas") ? target : null;
    },
    options,
  );
  const report = () => {
    const root = surface?.getRootNode();
    surface = null;
    // In a task of its own: the canvas keeps the stroke in a microtask after this one.
    if (root) setTimeout(() => root.querySelector(".dc-toolbar button")?.click());
  };
  for (const type of ["pointerup", "pointercancel"]) document.addEventListener(type, report, options);
})();
