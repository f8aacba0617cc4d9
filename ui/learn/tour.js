// Shows the current stop of the tour. The style sheet shows the first; a style of our own shows another instead, because
// Streamlit may redraw the stops.
let begun = 0;
let at = 0;

const box = (stop) => `.stApp [data-testid=stElementContainer]:has(> [data-testid=stHtml] > .tour[data-stop="${stop}"])`;

export default function ({ parentElement, data, setTriggerValue }) {
  if (!parentElement.querySelector("style")) parentElement.append(document.createElement("style"));
  const draw = () => {
    const rules = at === 0 ? "" : `${box(0)} { display: none; } ${box(at)} { display: block; }`;
    parentElement.querySelector("style").textContent = rules;
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
  const press = ({ target }) => {
    const button = target.closest("[data-tour]");
    if (button === null) return;
    if (button.dataset.tour === "over") setTriggerValue("over", true);
    else show(at + (button.dataset.tour === "next" ? 1 : -1));
  };
  if (data.begun && begun && data.begun !== begun) show(0);
  begun = data.begun || begun;
  if (!data.begun) at = 0;
  draw();
  document.addEventListener("click", press);
  return () => document.removeEventListener("click", press);
}
