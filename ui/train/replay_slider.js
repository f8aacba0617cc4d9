// A slider over the steps of a run: it snaps to checkpoints and, at the right end, follows the training.

const count = new Intl.NumberFormat("en-US");
const ANSWER_TIMEOUT = 4000; // ms

class ReplaySlider {
  constructor(root) {
    root.innerHTML = `<div class="replay">
      <p><label for="look_back">Replay</label><output aria-live="off"></output><button type="button">Latest</button></p>
      <div style="--done: 0%"><span class="ticks" aria-hidden="true"></span><input type="range" id="look_back" min="0" step="1"></div></div>`;
    [this.output, this.button, this.ticks, this.slider] = ["output", "button", ".ticks", "input"].map((each) =>
      root.querySelector(each),
    );
    this.dragging = this.pending = false;
    this.shown = null;
    // The steps come from the status line, which is redrawn with the plots.
    this.page = root.closest(".st-key-train_desk");
    const redraws = new MutationObserver(() => {
      if (!root.isConnected) redraws.disconnect();
      else if (!this.dragging) this.refresh();
    });
    redraws.observe(this.page, { childList: true, subtree: true });
    this.slider.addEventListener("pointerdown", () => (this.dragging = true));
    for (const end of ["pointerup", "pointercancel", "change", "blur"])
      this.slider.addEventListener(end, () => this.release());
    this.slider.addEventListener("input", () => this.go(this.nearest(Number(this.slider.value))));
    this.slider.addEventListener("keydown", (event) => this.onKey(event));
    this.button.addEventListener("click", () => this.go(null));
  }

  // Adopt the step shown by the page. During a drag, only the pointer moves the thumb.
  update(shown) {
    this.shown = shown;
    if (this.pending && (shown === this.requested || shown !== this.before)) this.onAnswer();
    if (!this.dragging) this.refresh();
  }

  release() {
    this.dragging = false;
    this.refresh();
  }

  refresh() {
    const status = this.page.querySelector("#status");
    if (!status) return;
    const now = Number(status.dataset.now);
    const kept = new Set(status.dataset.kept.split(" ").map(Number));
    if (this.shown !== null) kept.add(this.shown); // the run may have dropped this checkpoint, but the page still shows it
    const stops = [...kept].filter((step) => step < now).sort((one, other) => one - other);
    const target = this.pending ? this.target : this.shown;
    const drawn = `${now} ${stops} ${target}`;
    if (drawn === this.drawn) return;
    Object.assign(this, { drawn, now, target, stops: [...stops, null] }); // null is the latest step
    this.ticks.innerHTML = this.stops.map((step) => `<i style="left:${(100 * (step ?? now)) / (now || 1)}%"></i>`).join("");
    this.slider.disabled = now === 0;
    this.draw();
  }

  draw() {
    const { now, target } = this;
    const step = target ?? now;
    this.slider.max = now || 1;
    this.slider.value = now ? step : 1;
    this.slider.parentElement.style.setProperty("--done", `${(100 * step) / (now || 1)}%`);
    const where = `step ${count.format(step)}`;
    this.slider.setAttribute("aria-valuetext", target === null ? `latest, ${where}` : where);
    this.output.textContent = target !== null ? where : now ? "latest" : "available once training starts";
    this.button.setAttribute("aria-disabled", String(target === null));
  }

  nearest(place) {
    const distance = (step) => Math.abs((step ?? this.now) - place);
    return this.stops.reduce((best, step) => (distance(step) <= distance(best) ? step : best));
  }

  onKey(event) {
    const at = this.stops.indexOf(this.target);
    const here = at < 0 ? this.stops.indexOf(this.nearest(this.target)) : at;
    const last = this.stops.length - 1;
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5, Home: -last, End: last };
    if (!(event.key in by) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.go(this.stops[Math.max(0, Math.min(last, here + by[event.key]))]);
  }

  go(step) {
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
    this.before = this.shown; // the response may be a different step: checkpoints may have been thinned out meanwhile
    this.send(this.requested);
    this.timer = setTimeout(() => this.onAnswer(), ANSWER_TIMEOUT);
  }

  onAnswer() {
    clearTimeout(this.timer);
    this.pending = false;
    if (this.target !== this.requested) this.request();
    else if (!this.dragging) this.refresh();
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const slider = (parentElement.replaySlider ??= new ReplaySlider(parentElement));
  slider.send = (step) => setTriggerValue("look", { step });
  slider.update(data.look);
}
