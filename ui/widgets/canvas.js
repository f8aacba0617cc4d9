// An uploaded picture covers the canvas and lets the pointer through. It disappears as soon as a stroke begins, so that
// the stroke can be seen; the page removes the picture once it has received the stroke.
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
