// Reaches into the canvas's shadow root, where the page's style sheet cannot.
(() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    .dc-toolbar { display: none !important }
    .dc-root { width: 100% }
    :is(.dc-container, .canvas-container, canvas) { height: auto !important; width: 100% !important }
    :is(.dc-container, .canvas-container) { aspect-ratio: 1 }
  `);

  const adapt = (framesLeft) => {
    const hosts = [...document.querySelectorAll('[class*="st-key-canvas"] *')].filter((element) => element.shadowRoot);
    for (const host of hosts) {
      host.shadowRoot.adoptedStyleSheets = [sheet];
      host.setAttribute("role", "img");
      host.setAttribute("aria-labelledby", "paper_name");
      host.setAttribute("aria-describedby", "paper_description");
    }
    if (hosts.length === 0 && framesLeft > 0) requestAnimationFrame(() => adapt(framesLeft - 1));
  };

  adapt(1200);
})();
