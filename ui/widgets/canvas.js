// An uploaded picture covers the canvas but lets pointer events through. It is hidden as soon as a stroke begins, so
// that the stroke is visible; the page removes the picture once it receives the stroke.
(() => {
  if (window.digitLabHidesPicture) return;
  window.digitLabHidesPicture = true;
  document.addEventListener(
    "pointerdown",
    (event) => {
      const picture = document.querySelector("#picture");
      if (picture && event.target.closest?.(".st-key-canvas")) picture.style.visibility = "hidden";
    },
    true,
  );
})();
