// A slider over suggested values, below a field where any value can be typed. It writes to that field once per drag, or
// when the arrow keys rest. `data` is described in number_slider.py.

import { _, localized } from "../widgets/words.js";

const KEYS_REST = 300; // ms
const ANSWER_TIMEOUT = 4000; // ms
const LETTER = 3, GAP = 2; // percent of the track: the width of a letter in a label, and the gap between labels

const text = (value) => String(Number(value.toPrecision(6)));

class NumberSlider {
  constructor(root) {
    root.innerHTML = `<div class="number_slider"><div class="track"><span class="ticks" aria-hidden="true"></span>
      <input type="range" min="0" step="any"><output aria-hidden="true"></output></div><button type="button">↺</button></div>`;
    [this.ticks, this.slider, this.bubble, this.reset] = [".ticks", "input", "output", "button"].map((each) => root.querySelector(each));
    this.reported = null;
    this.slider.addEventListener("input", () => this.move(this.values[Math.round(this.slider.value)], true));
    this.slider.addEventListener("change", () => this.report());
    this.slider.addEventListener("keydown", (event) => this.onKey(event));
    this.slider.addEventListener("blur", () => this.report());
    this.reset.addEventListener("click", () => {
      this.move(this.default);
      this.report();
      this.slider.focus();
    });
  }

  update(data) {
    const drawn = JSON.stringify([data.values, data.texts, data.ticks, data.label, data.default]);
    Object.assign(this, { values: data.values, texts: data.texts, default: data.default });
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      const last = this.values.length - 1;
      this.slider.max = last;
      this.slider.setAttribute("aria-label", _("{label}, slider", data));
      this.reset.ariaLabel = this.reset.title = _("Reset to {value}", { value: this.textOf(this.default) });
      let free = -Infinity; // omit labels that would touch the previous or the last one
      const half = (value) => LETTER * this.textOf(value).length / 2, end = 100 - half(this.values[last]);
      this.ticks.innerHTML = data.ticks.map((value) => {
        const at = (100 * this.values.indexOf(value)) / last, [from, to] = [at - half(value), at + half(value)];
        const label = from > free && (at === 100 || to + GAP < end);
        if (label) free = to + GAP;
        return `<i style="left:${at}%">${label ? `<b>${this.textOf(value)}</b>` : ""}</i>`;
      }).join("");
    }
    if (this.reported !== null && data.value !== this.reported) return; // its answer has yet to arrive
    this.reported = null;
    clearTimeout(this.timer);
    if (this.moved === undefined) this.show(data.value);
    this.confirmed = data.value;
  }

  // A typed value between two suggested ones is placed by ratio.
  placeOf(value) {
    const { values } = this, last = values.length - 1;
    if (value <= values[0]) return 0;
    if (value >= values[last]) return last;
    const after = values.findIndex((each) => each > value), [low, high] = [values[after - 1], values[after]];
    return after - 1 + (low > 0 ? Math.log(value / low) / Math.log(high / low) : value / high);
  }

  textOf(value) {
    return this.texts[this.values.indexOf(value)] ?? localized(text(value));
  }

  show(value) {
    this.value = value;
    this.slider.value = this.placeOf(value);
    this.slider.setAttribute("aria-valuetext", this.textOf(value));
    this.bubble.textContent = this.textOf(value);
    const share = this.placeOf(value) / (this.values.length - 1);
    this.slider.parentElement.style.setProperty("--at", share);
    this.reset.style.visibility = value === this.default ? "hidden" : "visible";
  }

  move(value, dragged = false) {
    this.moved = value;
    this.show(value);
    this.bubble.classList.toggle("shown", dragged);
  }

  report() {
    clearTimeout(this.rest);
    this.bubble.classList.remove("shown");
    if (this.moved === undefined || this.moved === this.confirmed) return void (this.moved = undefined);
    this.reported = this.moved;
    this.moved = undefined;
    this.type(this.reported);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.reported = null), ANSWER_TIMEOUT);
  }

  // Write through the field itself. Streamlit sends the values of all fields with every message, so the next message
  // would undo a value set by the server that had not reached the browser yet.
  type(value) {
    const field = this.slider.closest("[class*=_with_slider]")?.querySelector("[data-testid=stNumberInput] input");
    if (!field) return; // the page was left before the slider came to rest
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, text(value)); // past React
    for (const each of [new InputEvent("input", { bubbles: true }), new Event("change", { bubbles: true })]) field.dispatchEvent(each);
    field.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
  }

  onKey(event) {
    const { values, value } = this;
    const down = values.findLast((each) => each < value), up = values.find((each) => each > value);
    const to = { ArrowLeft: down, ArrowDown: down, ArrowRight: up, ArrowUp: up, Home: values[0], End: values.at(-1) };
    if (!(event.key in to) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (to[event.key] === undefined) return;
    this.move(to[event.key]);
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.report(), KEYS_REST);
  }
}

export default function ({ data, parentElement }) {
  (parentElement.numberSlider ??= new NumberSlider(parentElement)).update(data);
}
