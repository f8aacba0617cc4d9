// What the canvas itself leaves open.
(() => {
  // It brings a toolbar that lies over its upper right corner until the pointer has been there for a moment: a stroke
  // that begins there would press a button. It is in a shadow root, where the page's style sheet does not reach. Undo
  // and Clear stand under the canvas.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".dc-toolbar { display: none !important }");

  const hideToolbar = (framesLeft) => {
    const hosts = [...document.querySelectorAll(".st-key-canvas *")].filter((element) => element.shadowRoot);
    for (const { shadowRoot } of hosts) shadowRoot.adoptedStyleSheets = [...shadowRoot.adoptedStyleSheets, sheet];
    if (hosts.length === 0 && framesLeft > 0) requestAnimationFrame(() => hideToolbar(framesLeft - 1));
  };

  hideToolbar(1200);

  // A picture that was brought lies on the canvas and lets the pointer through. It goes with the first stroke, so that
  // a person sees what they draw; the page takes it away for good once it has been told of the stroke.
  const hidePicture = (event) => {
    const picture = document.querySelector("#picture");
    if (picture && event.target.closest?.(".st-key-canvas")) picture.style.visibility = "hidden";
  };

  if (window.digitLabHidesPicture) return;
  window.digitLabHidesPicture = true;
  document.addEventListener("pointerdown", hidePicture, true);
})();
