(() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".dc-toolbar { display: none !important }");

  const hideToolbar = (framesLeft) => {
    const hosts = [...document.querySelectorAll(".st-key-canvas *")].filter((element) => element.shadowRoot);
    for (const { shadowRoot } of hosts) shadowRoot.adoptedStyleSheets = [...shadowRoot.adoptedStyleSheets, sheet];
    if (hosts.length === 0 && framesLeft > 0) requestAnimationFrame(() => hideToolbar(framesLeft - 1));
  };

  hideToolbar(1200);
})();
