// A pad of paper: submits a drawing when the pen has rested for a while, and turns the page at once. Nothing can be
// drawn on the new page until the canvas is blank, because the canvas would lose it.
import { isBlank } from "./canvas_pixels.js";

const REPORTED = 80; // ms that the canvas takes at most to report a stroke when asked
const LONGEST = 2000; // ms until the page is turned back if the server does not answer
const BLANK = 30; // frames after the answer within which the canvas is blank, unless the drawing was kept
const NEXT = ".st-key-next_drawing button";

function begin(place) {
  const bar = place.appendChild(document.createElement("div"));
  bar.className = "rest";
  bar.appendChild(document.createElement("i"));
  const gone = new AbortController();
  let given, isDown = false, asked = -Infinity, resting, turnedAt = null, givenUp;

  const sheet = () => document.querySelector(`.st-key-${given.canvas}`);
  const hold = () => {
    clearTimeout(resting);
    bar.classList.remove("runs");
  };
  const press = () => document.querySelector(NEXT)?.click();
  const show = () => {
    clearTimeout(givenUp);
    turnedAt = null;
    sheet()?.classList.remove("turned");
  };
  const turn = () => {
    hold();
    if (turnedAt !== null || isBlank()) return;
    turnedAt = given.turns;
    sheet().classList.add("turned");
    givenUp = setTimeout(show, LONGEST);
  };
  const showOnceBlank = (frames) => {
    if (turnedAt === null) return;
    if (frames && !isBlank()) requestAnimationFrame(() => showOnceBlank(frames - 1));
    else show();
  };
  const listen = (type, act) => document.addEventListener(type, act, { capture: true, signal: gone.signal });

  listen("pointerdown", (event) => {
    if (!event.composedPath()[0].matches?.("canvas.upper-canvas") || !sheet()?.contains(event.target)) return;
    isDown = true;
    hold();
  });
  for (const type of ["pointerup", "pointercancel"]) {
    listen(type, () => {
      if (!isDown) return;
      isDown = false;
      asked = Infinity;
      setTimeout(() => {
        dispatchEvent(new Event("digit_lab.answered")); // the canvas reports the stroke at once
        asked = performance.now();
      });
      if (!given.pause) return;
      bar.style.setProperty("--rest", `${given.pause}ms`);
      bar.classList.add("runs");
      resting = setTimeout(press, given.pause);
    });
  }
  listen("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button) return;
    hold();
    if (!button.matches(NEXT)) return;
    const wait = Math.min(REPORTED - (performance.now() - asked), REPORTED);
    if (isDown || wait > 0) { // if both were sent together, only the canvas would be redrawn
      event.stopImmediatePropagation();
      event.preventDefault();
      if (!isDown) setTimeout(press, wait);
    } else turn();
  });

  const take = (data) => {
    given = data;
    if (turnedAt !== null && data.turns !== turnedAt) showOnceBlank(BLANK);
  };
  const end = () => {
    gone.abort();
    hold();
    show();
    bar.remove();
  };
  return { take, end };
}

const pads = new WeakMap();

export default function ({ parentElement, data }) {
  if (!pads.has(parentElement)) pads.set(parentElement, begin(parentElement));
  pads.get(parentElement).take(data);
  return () => {
    pads.get(parentElement)?.end();
    pads.delete(parentElement);
  };
}
