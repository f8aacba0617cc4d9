// Tells Streamlit's front end its server and colours, and removes the outline once the page has been drawn.
window.__streamlit = { ...window.digitLabThemes, BACKEND_BASE_URL: new URL(".", location.href).href };

addEventListener("DOMContentLoaded", () => {
  const LONGEST = 1500; // milliseconds after the heading, for a page that is redrawn all the time
  const root = document.getElementById("root");
  let headingSince;

  const look = () => {
    const heading = root.querySelector("[data-testid=stMain] h1");
    const dialog = document.querySelector("[role=dialog]"); // Streamlit cannot reach its server, for example
    if (heading) headingSince ??= performance.now();
    const idle = root.querySelector("[data-testid=stApp][data-test-script-state=notRunning]");
    const drawn = heading && idle && !root.querySelector("[data-testid=stMain] [data-testid=stSkeleton]");
    if (drawn || dialog || performance.now() - headingSince > LONGEST) document.getElementById("first-paint").remove();
    else requestAnimationFrame(look);
  };
  look();
});
