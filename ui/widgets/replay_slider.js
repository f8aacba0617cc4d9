// A slider over the steps of a run, on the step axis of the curves if there are any: it snaps to checkpoints and, at the
// latest step, follows the training.

import { _, whole } from "../widgets/words.js";
import { report } from "../workarounds/separate_reports.js";

const ANSWER_TIMEOUT = 4000; // ms

// The axis if there are no curves. Checkpoints are at square steps, so they are evenly spaced on a square-root axis.
const rootsUpTo = (now) => ({
  choices: {},
  range: () => [0, now],
  stepAxis: () => ({ at: (step) => Math.sqrt(step / now) }),
  reveal() {},
});

class ReplaySlider {
  constructor(root, page, hasCurves) {
    Object.assign(this, { page, hasCurves });
    root.innerHTML = `<div class="replay">
      <p><label for="look_back">${_("Replay")}</label><output aria-live="off"></output><button type="button">${_("Latest")}</button></p>
      <div style="--done: 0%"><span class="ticks" aria-hidden="true"></span><input type="range" id="look_back" min="0" max="1" step="any"></div></div>`;
    [this.output, this.button, this.ticks, this.slider] = ["output", "button", ".ticks", "input"].map((each) =>
      root.querySelector(each),
    );
    this.dragging = this.pending = false;
    this.shown = null;
    // The steps come from the status line, the axis from the curves; both change the page when they are redrawn.
    const redraws = new MutationObserver(() => {
      if (!root.isConnected) redraws.disconnect();
      else if (!this.dragging) this.refresh();
    });
    redraws.observe(page, { childList: true, subtree: true });
    this.slider.addEventListener("pointerdown", () => (this.dragging = true));
    for (const end of ["pointerup", "pointercancel", "change", "blur"])
      this.slider.addEventListener(end, () => this.release());
    this.slider.addEventListener("input", () => this.onInput(Number(this.slider.value)));
    this.slider.addEventListener("keydown", (event) => this.onKey(event));
    this.button.addEventListener("click", () => this.go(null));
  }

  // Adopt the step shown by the page, and the time when the request that it answers was sent. During a drag, only the
  // pointer moves the thumb.
  update({ step, sent }) {
    this.shown = step;
    if (sent === this.sent) {
      this.sent = undefined;
      this.onAnswer();
    }
    if (!this.dragging) this.refresh();
  }

  release() {
    this.dragging = false;
    this.refresh();
  }

  // Whether the steps, the axis or the step shown have changed.
  readPage() {
    const status = this.page.querySelector("#status");
    if (!status) return false;
    const now = Number(status.dataset.now);
    const curves = this.hasCurves ? this.page.querySelector(".curves")?.parentElement.curves : rootsUpTo(now);
    if (this.hasCurves && !curves?.data) return false;
    const kept = new Set(status.dataset.kept.split(" ").map(Number));
    if (this.shown !== null) kept.add(this.shown); // the run may have dropped this checkpoint, but the page still shows it
    const stops = [...kept].filter((step) => step < now).sort((one, other) => one - other);
    const target = this.pending ? this.target : this.shown;
    const drawn = `${now} ${stops} ${target} ${curves.range()} ${curves.choices.steps}`;
    if (drawn === this.drawn) return false;
    Object.assign(this, { drawn, now, target, curves, stops: [...stops, null] }); // null is the latest step
    return true;
  }

  refresh() {
    if (!this.readPage()) return;
    const shares = this.stops.filter((step) => this.isInView(step)).map((step) => this.shareOf(step));
    this.ticks.innerHTML = shares.map((share) => `<i style="left:${100 * share}%"></i>`).join("");
    this.slider.disabled = this.now === 0;
    this.draw();
  }

  draw() {
    const { now, target } = this;
    const share = now ? this.shareOf(target) : 1, isBeyond = !this.isInView(target);
    this.slider.value = share;
    this.slider.classList.toggle("beyond", isBeyond);
    this.slider.parentElement.style.setProperty("--done", `${100 * share}%`);
    const step = whole(target ?? now), beyond = (where) => (isBeyond ? _("{where}, outside the zoom", { where }) : where);
    const where = _("step {step}", { step });
    this.slider.setAttribute("aria-valuetext", beyond(target === null ? _("latest, step {step}", { step }) : where));
    this.output.textContent = beyond(target !== null ? where : now ? _("latest") : _("available once training starts"));
    this.button.setAttribute("aria-disabled", String(target === null));
  }

  isInView(step) {
    const [low, high] = this.curves.range();
    return !this.curves.view || ((step ?? this.now) >= low && (step ?? this.now) <= high);
  }

  // The place of a step on the axis; a step outside the zoom is at the end.
  shareOf(step) {
    return Math.max(0, Math.min(1, this.curves.stepAxis().at(step ?? this.now)));
  }

  // The step in view nearest to a place on the axis; the nearest of all steps if none is in view.
  nearest(share) {
    const seen = this.stops.filter((step) => this.isInView(step)), axis = this.curves.stepAxis();
    const distance = (step) => Math.abs(axis.at(step ?? this.now) - share);
    return (seen.length ? seen : this.stops).reduce((best, step) => (distance(step) <= distance(best) ? step : best));
  }

  onInput(share) {
    this.readPage(); // steps are added during a drag
    this.drawn = null;
    this.go(this.nearest(share));
  }

  onKey(event) {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5, Home: -Infinity, End: Infinity }[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const { stops, target } = this, share = this.shareOf(target);
    const isBeyond = !this.isInView(target) && stops.some((step) => this.isInView(step));
    if (isBeyond && Number.isFinite(by) && (by > 0) === (share === 0)) return this.go(this.nearest(share)); // into the zoom
    const here = stops.indexOf(stops.includes(target) ? target : this.nearest(share));
    this.go(stops[Math.max(0, Math.min(stops.length - 1, here + by))]);
  }

  go(step) {
    this.curves.reveal(step ?? this.now);
    if (step === this.target) return this.draw();
    this.target = step;
    this.drawn = null;
    this.draw();
    if (!this.pending) this.request();
  }

  // One request at a time: the next is sent once the page shows the response, so that a drag queues none up.
  request() {
    this.pending = true;
    this.requested = this.target;
    this.sent = Date.now();
    this.send({ step: this.requested, sent: this.sent });
    this.timer = setTimeout(() => this.onAnswer(), ANSWER_TIMEOUT);
  }

  onAnswer() {
    clearTimeout(this.timer);
    this.pending = false;
    if (this.target !== this.requested) return this.request();
    if (!this.dragging) return this.refresh();
    if (this.target === this.shown) return;
    this.target = this.shown; // checkpoints may have been thinned out since
    this.draw();
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const page = parentElement.closest(data.within);
  if (!page) return; // the page was left, or is being replaced, while this script was loading
  const slider = (parentElement.replaySlider ??= new ReplaySlider(parentElement, page, data.curves));
  slider.send = (look) => report(setTriggerValue, "look", look);
  slider.update(data);
}
