// Keyboard shortcuts, the presentation switch, the dialogs of the buttons beside the menu, and printing.
const CONTROLS = "button, input, select, textarea, summary, dialog, [contenteditable], [role=slider], [role=tab], [role=option], [role=radio], [role=button], [role=gridcell]";
const PRESENTING = "digit-lab-presenting";

function present(on) {
  document.documentElement.classList.toggle("presenting", on);
  document.getElementById("presenting_style").media = on ? "all" : "none"; // matched all the time, its rules slow each redraw
  document.getElementById("present")?.setAttribute("aria-pressed", on);
  sessionStorage.setItem(PRESENTING, on ? "yes" : "");
}

// A key presses its button, unless it is being typed or belongs to the focused control.
function pressShortcut(event, shortcuts) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || document.querySelector("dialog[open], [role=dialog]")) return;
  const focused = event.composedPath()[0];
  const typing = focused instanceof Element && focused.closest("input:not([type=range], [type=checkbox], [type=radio]), textarea, [contenteditable], [role=combobox]");
  const buttonOf = ({ button }) => document.querySelector(`.st-key-${button} button, button#${button}`);
  const shortcut = shortcuts.find((each) => each.key === event.key.toLowerCase() && buttonOf(each));
  if (typing || !shortcut || (shortcut.key === " " && focused instanceof Element && focused.closest(CONTROLS))) return;
  const button = buttonOf(shortcut);
  event.preventDefault();
  event.stopImmediatePropagation(); // Streamlit has its own shortcuts C and R
  if (!button.disabled) button.click();
}

// A printed page keeps its layout on the screen, in the light colours, at the width of the paper.
const PAPER = 700; // px: A4 between margins of 12 mm, and a little less than Letter
function layOutForPrint() {
  const page = document.querySelector(".stMainBlockContainer"), root = document.documentElement;
  for (const part of document.querySelectorAll(".network_picture .nodes, .digit_map .plane")) part.style.height = `${part.offsetHeight}px`;
  root.style.setProperty("--screen-width", `${page.offsetWidth}px`);
  root.style.setProperty("--paper-zoom", Math.min(1, PAPER / page.offsetWidth));
  root.classList.add("printing");
}
function layOutForScreen() {
  for (const part of document.querySelectorAll(".network_picture .nodes, .digit_map .plane")) part.style.height = "";
  document.documentElement.classList.remove("printing");
}

export default function ({ parentElement, data }) {
  if (parentElement.shown !== data.html) parentElement.innerHTML = parentElement.shown = data.html;
  present(sessionStorage.getItem(PRESENTING) === "yes");
  parentElement.onclick = ({ target }) => {
    if (target.closest("#present")) present(!document.documentElement.classList.contains("presenting"));
    const shows = target.closest("[data-shows]")?.dataset.shows;
    if (shows) document.getElementById(shows).showModal();
  };
  const onKey = (event) => pressShortcut(event, data.shortcuts);
  window.addEventListener("keydown", onKey, { capture: true });
  window.addEventListener("beforeprint", layOutForPrint);
  window.addEventListener("afterprint", layOutForScreen);
  return () => window.removeEventListener("keydown", onKey, { capture: true });
}
