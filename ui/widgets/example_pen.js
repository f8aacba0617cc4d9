// Draws an example on the canvas as a hand would: with pointer events, so that it is read as it grows, the canvas
// reports its strokes, and Undo removes the last stroke.
import { find, isBlank } from "./canvas_pixels.js";

const DURATION = 1000; // ms, of a drawing
const LIFT = 60; // ms between strokes; with less, the canvas may report two strokes in one batch
const LONGEST_WAIT = 1000; // ms to wait for the canvas to be cleared
const POINTER = 9001;
const HANDS = ["mousedown", "mousemove", "mouseup", "touchstart", "touchmove", "touchend"];

const pause = (ms) => new Promise((resume) => setTimeout(resume, ms));

const send = (surface, kind, [x, y], side) => {
  const box = surface.getBoundingClientRect();
  const event = {
    clientX: box.left + (x * box.width) / side,
    clientY: box.top + (y * box.height) / side,
    bubbles: true,
    cancelable: true,
    composed: true,
    buttons: kind === "up" ? 0 : 1,
    isPrimary: true,
    pointerId: POINTER,
    pointerType: "mouse",
  };
  surface.dispatchEvent(new PointerEvent(`pointer${kind}`, event));
  surface.dispatchEvent(new PointerEvent(`mouse${kind}`, event)); // the event that Fabric listens to, without rounding
};

const draw = async ({ strokes, side }, signal) => {
  let end = performance.now() + LONGEST_WAIT;
  while (!isBlank() && performance.now() < end) await pause(30);
  const surface = find("canvas.upper-canvas");
  // Ignore the visitor's own pointer: Fabric would draw a line to it. A touch of the paper finishes the example.
  let isHurried = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const ignore = (event) => event.isTrusted && event.stopImmediatePropagation();
  const hurry = (event) => (isHurried ||= event.isTrusted && event.composedPath()[0] === surface);
  HANDS.forEach((type) => addEventListener(type, ignore, { capture: true, signal }));
  addEventListener("pointerdown", hurry, { capture: true, signal });
  const points = strokes.flat().length;
  const moving = Math.max(DURATION - LIFT * strokes.length, DURATION / 2);
  let begun = performance.now();
  let drawn = 0;
  for (const stroke of strokes) {
    send(surface, "down", stroke[0], side);
    for (const point of stroke.slice(1)) {
      drawn += 1;
      while (!isHurried && performance.now() < begun + (moving * drawn) / points) await pause(8);
      if (signal.aborted) break;
      send(surface, "move", point, side);
    }
    send(surface, "up", stroke.at(-1), side);
    drawn += 1;
    await pause(LIFT);
    begun += LIFT;
    if (signal.aborted) return;
  }
};

let shown = null;
let drawing = new AbortController();

export default function ({ data }) {
  // Examples requested before this page was shown have already been drawn.
  if (shown !== null && data.number !== shown) {
    drawing.abort();
    const latest = (drawing = new AbortController());
    draw(data, latest.signal).finally(() => latest.abort());
  }
  shown = data.number;
  return () => {
    shown = null;
    drawing.abort();
  };
}
