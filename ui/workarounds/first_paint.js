// Tells Streamlit's front end its server and colours, and removes the outline once the page has been drawn.
window.__streamlit = { ...window.digitLabThemes, BACKEND_BASE_URL: new URL(".", location.href).href };

addEventListener("DOMContentLoaded", () => {
  const STREAMING = 500; // milliseconds after the heading by which a page that is redrawn all the time has been drawn
  const LONGEST = 4000; // milliseconds after the heading
  const NO_HEADING = 10000; // milliseconds after which a page without a heading is shown as it is
  const root = document.getElementById("root");
  let headingSince;

  const isDrawn = () => {
    // A dialog says that Streamlit cannot reach its server, for example.
    if (document.querySelector("[role=dialog], [data-testid=stException]")) return true;
    if (!root.querySelector("[data-testid=stMain] h1")) return performance.now() > NO_HEADING && root.querySelector("[data-testid=stMain]") !== null;
    headingSince ??= performance.now();
    const waited = performance.now() - headingSince;
    const idle = root.querySelector("[data-testid=stApp][data-test-script-state=notRunning]");
    const loading = root.querySelector("[data-testid=stMain] [data-testid=stSkeleton]");
    return waited > LONGEST || (!loading && (idle || waited > STREAMING));
  };
  const look = () => {
    if (isDrawn()) document.getElementById("first-paint").remove();
    else requestAnimationFrame(look);
  };
  look();
});
