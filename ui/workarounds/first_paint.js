// Tells Streamlit's front end its server and colours, stands in for storage that a browser denies, and removes the outline
// once the page has been drawn.
window[Symbol.for("react-aria.i18n.locale")] = document.documentElement.lang; // for hidden buttons that close pop-ups
window.__streamlit = { ...window.digitLabThemes, BACKEND_BASE_URL: new URL(".", location.href).href };
for (const name of ["sessionStorage", "localStorage"]) {
  try { window[name].length; } catch { // a browser may deny it in a frame of another site: keep values with the page
    const kept = new Map();
    Object.defineProperty(window, name, { value: {
      getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, String(value)),
      removeItem: (key) => void kept.delete(key), clear: () => kept.clear(), key: () => null, length: 0,
    } });
  }
}
document.documentElement.classList.toggle("embedded", /[?&]embed=true(&|$)/i.test(location.search));

addEventListener("DOMContentLoaded", () => {
  const STREAMING = 2000; // milliseconds after the heading until a page that is redrawn all the time counts as drawn
  const CALM = 3; // frames without a change
  const LONGEST = 10000; // milliseconds after the heading
  const TALL = ":is([class*=st-key-network_picture], .st-key-step_player)"; // parts of the page that our scripts fill
  const LOADING = `[data-testid=stMain] :is([data-testid=stSkeleton], ${TALL} [data-testid=stBidiComponentRegular]:empty)`;
  const NO_HEADING = 10000; // milliseconds after which a page without a heading is shown as it is
  const root = document.getElementById("root");
  let headingSince, calmFrames = 0;
  // Streamlit says that the script has ended before everything it sent is on the page.
  const changes = new MutationObserver(() => (calmFrames = 0));
  changes.observe(root, { childList: true, subtree: true });

  const isDrawn = () => {
    // A dialog says that Streamlit cannot reach its server, for example.
    if (document.querySelector("[role=dialog], [data-testid=stException]")) return true;
    if (!root.querySelector("[data-testid=stMain] h1")) return performance.now() > NO_HEADING && root.querySelector("[data-testid=stMain]") !== null;
    headingSince ??= performance.now();
    const waited = performance.now() - headingSince;
    const idle = root.querySelector("[data-testid=stApp][data-test-script-state=notRunning]");
    return waited > LONGEST || (!root.querySelector(LOADING) && (waited > STREAMING || (idle && ++calmFrames > CALM)));
  };
  const look = () => {
    if (!isDrawn()) return requestAnimationFrame(look);
    changes.disconnect();
    document.getElementById("first-paint").remove();
  };
  look();
});
