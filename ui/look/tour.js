// Shows the current stop of the tour. The style sheet shows the first stop until this runs; then a style element of our
// own shows the current one, because Streamlit may redraw the stops.

import { report } from "../workarounds/separate_reports.js";

let begun = 0;
let at = 0;
let over = false;

const box = (tour) => `.stApp [data-testid=stElementContainer]:has(> [data-testid=stHtml] > ${tour})`;

export default function ({ parentElement, data, setTriggerValue }) {
  const style = parentElement.querySelector("style") ?? parentElement.appendChild(document.createElement("style"));
  const draw = () => {
    style.textContent = `${box(".tour.tour")} { display: none; }`;
    if (!over) style.textContent += `${box(`.tour.tour[data-stop="${at}"]`)} { display: block; }`;
  };
  const show = (stop) => {
    const section = document.querySelector(`.tour[data-stop="${stop}"]`);
    if (section === null) return; // the page is still being drawn
    at = stop;
    draw();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    section.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
    section.querySelector(".first").focus({ preventScroll: true });
  };
  const end = () => {
    over = true;
    draw(); // at once; the server then leaves the stops out
    report(setTriggerValue, "over", true);
  };
  const press = ({ target }) => {
    const action = target.closest("[data-tour]")?.dataset.tour;
    if (action === "over") end();
    else if (action) show(at + (action === "next" ? 1 : -1));
  };
  if (data.begun && data.begun !== begun) [begun, at, over] = [data.begun, 0, false];
  draw();
  document.addEventListener("click", press);
  return () => document.removeEventListener("click", press);
}
