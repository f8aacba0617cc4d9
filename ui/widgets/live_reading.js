// The answer, and a listener for the pen: it reports the strokes that the canvas has not reported yet, and paints the
// answer without Streamlit, which is slower. Streamlit sends the same answer once the canvas has reported the strokes.
import { element, write } from "../widgets/elements.js";
import { _ } from "../widgets/words.js";

const REPORT_EVERY = 80; // ms
const ANSWER_TIMEOUT = 1000; // ms after which a report, or a stroke that the canvas has not reported, is given up
const MOST_NUMBERS = 4000; // per stroke in a report; longer strokes are thinned

const readings = new WeakMap();

const hundredths = (pixels) => Math.round(100 * pixels) / 100;

class LiveReading {
  constructor(root) {
    this.strokes = []; // not reported by the canvas yet, each [x, y, x, y, …] in its pixels
    this.pen = null; // the stroke under way
    this.known = 0;
    this.sent = this.lifted = -Infinity;
    this.request = null; // the request that is waiting for an answer
    this.ghost = 0; // how much of the ghost digit has been traced
    this.answer = element("div", "answer", root);
    this.numeral = element("div", "numeral", this.answer);
    this.numeral.id = "answer";
    this.sentence = element("p", "sentence", this.answer);
    this.sentence.setAttribute("aria-hidden", "true");
    this.spoken = element("p", "unseen spoken", this.answer);
    this.spoken.setAttribute("role", "status");
    this.bars = element("ul", "bars", root);
    this.bars.id = "probabilities";
    this.bars.setAttribute("aria-label", _("Probability of each class"));
    this.listening = new AbortController();
    for (const [type, react] of [
      ["pointerdown", this.down],
      ["pointermove", this.move],
      ["pointerup", this.up],
      ["pointercancel", this.cancel],
    ])
      document.addEventListener(type, react.bind(this), { capture: true, passive: true, signal: this.listening.signal });
    addEventListener("digit_lab.ghost", this.follow.bind(this), { signal: this.listening.signal });
  }

  down(event) {
    const path = event.composedPath(); // the canvas is in a shadow root, and event.target only its host
    const surface = path[0];
    const isOurs = path.some((node) => node.classList?.contains(`st-key-${this.canvas}`));
    if (!isOurs || !surface.matches("canvas.upper-canvas") || !event.isPrimary || event.button !== 0) return;
    // Anything that the canvas has not reported by now was not a stroke.
    if (performance.now() - this.lifted > ANSWER_TIMEOUT) this.strokes = [];
    this.pen = { id: event.pointerId, surface, points: [] };
    this.strokes.push(this.pen.points);
    this.move(event);
  }

  move(event) {
    if (event.pointerId !== this.pen?.id) return;
    const { surface, points } = this.pen;
    const box = surface.getBoundingClientRect();
    points.push(hundredths(((event.clientX - box.left) * surface.width) / box.width));
    points.push(hundredths(((event.clientY - box.top) * surface.height) / box.height));
    if (points.length > MOST_NUMBERS) {
      const thinned = points.filter((_, index) => index % 4 < 2);
      points.splice(0, points.length, ...thinned);
    }
    this.schedule();
  }

  up(event) {
    if (event.pointerId !== this.pen?.id) return;
    this.pen = null;
    this.lifted = performance.now();
    this.request?.abort(); // it lacks the end of the stroke
    this.report();
  }

  cancel(event) {
    if (event.pointerId !== this.pen?.id) return;
    this.strokes.pop();
    this.up(event);
  }

  follow({ detail }) {
    this.ghost = detail;
    if (detail > 0) this.schedule();
  }

  schedule() {
    this.isDue = true;
    if (!this.request) this.timer ??= setTimeout(() => this.report(), Math.max(0, this.sent + REPORT_EVERY - performance.now()));
  }

  async report() {
    clearTimeout(this.timer);
    const request = (this.request = new AbortController()), isFinal = this.pen === null;
    this.timer = null;
    this.isDue = false;
    this.sent = performance.now();
    const timeout = setTimeout(() => request.abort(), ANSWER_TIMEOUT);
    const { revision, known, ghost } = this;
    const strokes = this.strokes.map((points) => points.join(" ")).join(";");
    const tiles = window.digitLabNetwork?.known(); // these need not be sent again
    const body = JSON.stringify({ revision, known, strokes, is_moving: !isFinal, ghost, tiles });
    try {
      const response = await fetch(this.address, { method: "POST", body, signal: request.signal });
      if (response.ok) this.answered(new Uint8Array(await response.arrayBuffer()));
      if (isFinal) requestAnimationFrame(() => setTimeout(() => dispatchEvent(new Event("digit_lab.answered"))));
    } catch {
      // Lost or outdated: the canvas reports the stroke in any case.
    }
    clearTimeout(timeout);
    if (this.request !== request) return;
    this.request = null;
    if (this.isDue) this.schedule();
  }

  answered(message) {
    if (!message.length) return;
    const end = 4 + new DataView(message.buffer).getUint32(0, true);
    const answer = JSON.parse(new TextDecoder().decode(message.subarray(4, end)));
    if (answer.revision !== this.revision || this.listening.signal.aborted) return;
    this.paint(answer);
    if ("followed" in answer) dispatchEvent(new CustomEvent("digit_lab.followed", { detail: answer.followed }));
    if (end < message.length) window.digitLabNetwork?.show?.(message.subarray(end));
  }

  update(data) {
    if (data.revision !== this.revision || data.known < this.known) this.strokes = this.pen ? [this.pen.points] : [];
    else this.strokes.splice(0, data.known - this.known);
    const { canvas, address, known, revision } = data;
    Object.assign(this, { canvas, address, known, revision });
    this.paint(data);
  }

  paint({ numeral, is_class, is_moving, is_example, sentence, note, bars, strokes }) {
    write(this.numeral, numeral);
    this.numeral.style.setProperty("--letters", numeral.length);
    if (strokes === null) delete this.numeral.dataset.strokes;
    else this.numeral.dataset.strokes = strokes;
    this.numeral.toggleAttribute("data-moving", is_moving);
    this.answer.classList.toggle("blank", !is_class);
    this.answer.classList.toggle("example", is_example);
    if (this.told !== sentence + note) {
      this.told = sentence + note;
      this.sentence.textContent = note ? `${sentence} ` : sentence;
      if (note) element("span", "note", this.sentence, note);
    }
    if (!is_moving && !is_example) write(this.spoken, `${sentence} ${note}`);
    const names = bars.map(([name]) => name).join("\n");
    if (this.names !== names) {
      this.names = names;
      this.bars.replaceChildren();
      for (const [name] of bars) {
        const bar = element("li", "bar", this.bars);
        element("span", "share", bar);
        element("span", "", element("span", "column", bar));
        element("span", "name", bar, name);
      }
    }
    bars.forEach(([, label, share, isAnswer], index) => {
      const bar = this.bars.children[index];
      bar.classList.toggle("first", isAnswer);
      write(bar.firstChild, label);
      bar.children[1].firstChild.style.transform = `scaleY(${share.toFixed(4)})`;
    });
  }
}

export default function ({ data, parentElement }) {
  let reading = readings.get(parentElement);
  if (!reading) readings.set(parentElement, (reading = new LiveReading(parentElement)));
  reading.update(data);
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected) return; // this is an update; the page is not being left
      reading.listening.abort();
      readings.delete(parentElement);
    });
}
