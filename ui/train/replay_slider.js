// Look back: a slider along the steps of a run, which stops where weights were kept, and at its end follows the training.

const count = new Intl.NumberFormat("en-US");
const PATIENCE = 4000; // ms after which an answer is not waited for any more

class Way {
  constructor(root) {
    root.innerHTML = `<div class="scrub">
      <p><label for="look_back">Replay</label><output aria-live="off"></output><button type="button">Latest</button></p>
      <div style="--done: 0%"><span class="ticks" aria-hidden="true"></span><input type="range" id="look_back" min="0" step="1"></div></div>`;
    [this.output, this.button, this.ticks, this.slider] = ["output", "button", ".ticks", "input"].map((each) =>
      root.querySelector(each),
    );
    this.held = this.awaited = false;
    this.look = null;
    // The status line, which is drawn anew with the plots, tells the steps.
    this.page = root.closest(".st-key-progress");
    const redraws = new MutationObserver(() => {
      if (!root.isConnected) redraws.disconnect();
      else if (!this.held) this.settle();
    });
    redraws.observe(this.page, { childList: true, subtree: true });
    this.slider.addEventListener("pointerdown", () => (this.held = true));
    for (const end of ["pointerup", "pointercancel", "change", "blur"])
      this.slider.addEventListener(end, () => this.release());
    this.slider.addEventListener("input", () => this.go(this.nearest(Number(this.slider.value))));
    this.slider.addEventListener("keydown", (event) => this.press(event));
    this.button.addEventListener("click", () => this.go(null));
  }

  // The step that the page shows now. While a hand holds the slider, nothing of it moves but by the hand.
  take(look) {
    this.look = look;
    if (this.awaited && (look === this.asked || look !== this.before)) this.arrive();
    if (!this.held) this.settle();
  }

  release() {
    this.held = false;
    this.settle();
  }

  settle() {
    const status = this.page.querySelector("#status");
    if (!status) return;
    const now = Number(status.dataset.now);
    const kept = new Set(status.dataset.kept.split(" ").map(Number));
    if (this.look !== null) kept.add(this.look); // the run may have let go of it, the page has not
    const stops = [...kept].filter((step) => step < now).sort((one, other) => one - other);
    const wanted = this.awaited ? this.wanted : this.look;
    const told = `${now} ${stops} ${wanted}`;
    if (told === this.told) return;
    Object.assign(this, { told, now, wanted, stops: [...stops, null] }); // null stands for now
    this.ticks.innerHTML = this.stops.map((step) => `<i style="left:${(100 * (step ?? now)) / (now || 1)}%"></i>`).join("");
    this.slider.disabled = now === 0;
    this.show();
  }

  show() {
    const { now, wanted } = this;
    const step = wanted ?? now;
    this.slider.max = now || 1;
    this.slider.value = now ? step : 1;
    this.slider.parentElement.style.setProperty("--done", `${(100 * step) / (now || 1)}%`);
    const where = `step ${count.format(step)}`;
    this.slider.setAttribute("aria-valuetext", wanted === null ? `latest, ${where}` : where);
    this.output.textContent = wanted !== null ? where : now ? "latest" : "available once training starts";
    this.button.setAttribute("aria-disabled", String(wanted === null));
  }

  nearest(place) {
    const away = (step) => Math.abs((step ?? this.now) - place);
    return this.stops.reduce((best, step) => (away(step) <= away(best) ? step : best));
  }

  press(event) {
    const at = this.stops.indexOf(this.wanted);
    const here = at < 0 ? this.stops.indexOf(this.nearest(this.wanted)) : at;
    const last = this.stops.length - 1;
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5, Home: -last, End: last };
    if (!(event.key in by) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.go(this.stops[Math.max(0, Math.min(last, here + by[event.key]))]);
  }

  go(step) {
    if (step === this.wanted) return this.show();
    this.wanted = step;
    this.told = null;
    this.show();
    if (!this.awaited) this.ask();
  }

  // One question at a time: the next is asked when the page shows the answer, so that none queue up behind a hand.
  ask() {
    this.awaited = true;
    this.asked = this.wanted;
    this.before = this.look; // the answer may be another step than was asked for: one may be let go meanwhile
    this.send(this.asked);
    this.timer = setTimeout(() => this.arrive(), PATIENCE);
  }

  arrive() {
    clearTimeout(this.timer);
    this.awaited = false;
    if (this.wanted !== this.asked) this.ask();
    else if (!this.held) this.settle();
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const way = (parentElement.way ??= new Way(parentElement));
  way.send = (step) => setTriggerValue("look", { step });
  way.take(data.look);
}
