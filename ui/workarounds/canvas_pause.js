(() => {
  const LATEST = 150; // ms
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
    if (!root) return;
    const press = () => {
      clearTimeout(timer);
      removeEventListener("digit_lab.answered", press);
      root.querySelector(".dc-toolbar button")?.click();
    };
    const timer = setTimeout(press, LATEST);
    addEventListener("digit_lab.answered", press);
  };
  for (const type of ["pointerup", "pointercancel"]) document.addEventListener(type, report, options);
})();
