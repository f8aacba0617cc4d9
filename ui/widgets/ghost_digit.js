// A ghost of a digit over blank paper: it traces itself once, and disappears when the pen comes down. It is only a
// decoration: an event tells live_reading.js how much has been traced, and that script has it read.
import { _ } from "../widgets/words.js";

const DURATION = 2000; // ms
const DELAY = 400; // ms
const SVG = "http://www.w3.org/2000/svg";

let isTraced = false; // on this visit; from then on the ghost stands still

const make = (parent, name, attributes) => {
  const made = parent.appendChild(document.createElementNS(SVG, name));
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};

const tell = (share) => dispatchEvent(new CustomEvent("digit_lab.ghost", { detail: share }));

const show = (root, { points, side, pen }) => {
  const image = make(root, "svg", { "aria-hidden": true, class: "ghost", viewBox: `0 0 ${side} ${side}` });
  const path = make(image, "path", { "stroke-width": pen });
  const tip = make(image, "circle", { r: pen / 4 });
  make(image, "text", { x: side / 2, y: side - 18 }).textContent = _("Draw here");
  let latest = 0;
  const trace = (share) => {
    const count = Math.max(Math.round(share * points.length), 1);
    if (count === latest && share < 1) return;
    latest = count;
    path.setAttribute("d", `M${points.slice(0, count).join("L")}`);
    tip.setAttribute("cx", points[count - 1][0]);
    tip.setAttribute("cy", points[count - 1][1]);
    tip.style.opacity = share < 1 ? 1 : 0;
    tell(share);
  };
  const gone = new AbortController();
  const hide = (event) => {
    if (event.composedPath()[0].matches?.("canvas.upper-canvas")) {
      image.style.opacity = 0;
      gone.abort();
      tell(0);
    }
  };
  document.addEventListener("pointerdown", hide, { capture: true, signal: gone.signal });
  const begin = performance.now() + DELAY;
  const step = (now) => {
    if (gone.signal.aborted) return;
    const share = Math.min((now - begin) / DURATION, 1);
    if (share >= 0) trace(share);
    if (share < 1) requestAnimationFrame(step);
    else isTraced = true;
  };
  if (isTraced || matchMedia("(prefers-reduced-motion: reduce)").matches) setTimeout(trace, 0, 1);
  else requestAnimationFrame(step);
  return gone;
};

const shown = new WeakMap();

export default function ({ data, parentElement }) {
  if (!shown.has(parentElement)) shown.set(parentElement, show(parentElement, data));
  return () => {
    shown.get(parentElement)?.abort();
    shown.delete(parentElement);
    parentElement.replaceChildren();
  };
}
