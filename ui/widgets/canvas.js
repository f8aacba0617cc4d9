// An uploaded picture covers the canvas but lets pointer events through. It is hidden as soon as a stroke begins, so
// that the stroke is visible; the page removes the picture once it receives the stroke.
// A stroke ends after LONGEST movements, because the server accepts only a message of a limited size.
(() => {
  const LONGEST = 10_000; // twice the points of a drawing that are read
  if (window.digitLabWatchesStrokes) return;
  window.digitLabWatchesStrokes = true;
  let left = Infinity; // movements of the stroke under way
  addEventListener(
    "pointerdown",
    (event) => {
      const isOurs = event.target.closest?.('[class*="st-key-canvas"]');
      left = isOurs ? LONGEST : Infinity;
      const picture = document.querySelector("#picture");
      if (picture && isOurs) picture.style.visibility = "hidden";
    },
    true,
  );
  for (const type of ["pointermove", "mousemove", "touchmove"])
    addEventListener(
      type,
      (event) => {
        if (type === "pointermove") left -= 1;
        if (left < 0) event.stopImmediatePropagation();
      },
      { capture: true, passive: true },
    );
  for (const type of ["pointerup", "pointercancel"]) addEventListener(type, () => (left = Infinity), true);
})();
