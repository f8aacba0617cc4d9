// The digit before and after, for one or two networks, with a patch to drag. `data` is described in before_and_after.py.

import { _, ngettext, whole } from "../widgets/words.js";
import { report } from "../workarounds/separate_reports.js";

const ANSWER_TIMEOUT = 3000; // ms
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const FIGURES = [["before", _("Original")], ["added", _("Added")], ["after", _("Broken")]];

class Stage {
  constructor(root) {
    this.root = document.createElement("div");
    this.root.className = "break_stage";
    root.append(this.root);
    this.number = this.waiting = 0;
    this.panels = [];
    const follow = ({ detail }) => (root.isConnected ? this.follow(detail) : removeEventListener("digit_lab.followed", follow));
    addEventListener("digit_lab.followed", follow);
  }

  update(data) {
    this.data = data;
    while (this.panels.length > data.panels.length) this.panels.pop().remove();
    while (this.panels.length < data.panels.length) this.panels.push(this.newPanel());
    this.root.dataset.networks = data.panels.length;
    data.panels.forEach((each, place) => this.fill(this.panels[place], each, place));
    this.number = Math.max(this.number, data.answered);
    if (this.waiting && data.answered >= this.waiting) this.answer();
    if (!this.place || !(this.waiting || this.grip)) this.place = data.patch && [data.patch.x, data.patch.y];
    this.putPatch();
  }

  // Break your drawing while the pen moves.
  follow(panels) {
    if (panels.length === this.panels.length) panels.forEach((each, place) => this.fill(this.panels[place], each, place));
  }

  newPanel() {
    const panel = document.createElement("section");
    const figures = FIGURES.map(([name, title]) => `<figure class="${name}"><figcaption>${title}</figcaption>
      <div class="frame"><img class="pixels" alt="">${name === "after" ? '<button type="button" class="patch" hidden></button>' : ""}</div>
      <p><b></b> <span></span></p></figure>`);
    panel.innerHTML = `<h2></h2><div class="figures">${figures.join("")}</div><p class="dev_left"></p>`;
    this.root.append(panel);
    const patch = panel.querySelector(".patch");
    patch.ariaLabel = _("Covered patch. The arrow keys move it.");
    patch.addEventListener("pointerdown", (event) => this.grasp(event, patch));
    patch.addEventListener("pointermove", (event) => this.drag(event, patch));
    for (const end of ["pointerup", "pointercancel"]) patch.addEventListener(end, () => (this.grip = null));
    patch.addEventListener("keydown", (event) => {
      if (!(event.key in ARROWS) || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.move(this.place.map((each, axis) => each + ARROWS[event.key][axis]));
    });
    return panel;
  }

  fill(panel, data, place) {
    const heading = panel.querySelector("h2");
    heading.textContent = data.name;
    heading.className = `of${place}`;
    for (const [name, title] of FIGURES) {
      const figure = panel.querySelector(`.${name}`), image = figure.querySelector("img");
      if (image.getAttribute("src") !== data[name].src) image.src = data[name].src;
      const { digit = "", sure = data[name].text } = data[name];
      image.alt = `${title}: ${digit} ${sure}`;
      figure.querySelector("b").textContent = digit;
      figure.querySelector("span").textContent = sure;
      figure.classList.toggle("turned", Boolean(data[name].turned));
    }
    const { left, digits } = data.dev;
    const measured = left.map(([share, interval], place) => `<span>${place ? "→ " : ""}<b>${share || "…"}</b> <small>(${interval || "…"})</small></span>`);
    panel.querySelector(".dev_left").innerHTML = ngettext(
      "Dev <i>accuracy</i> {measured} <small>of {count} digit</small>",
      "Dev <i>accuracy</i> {measured} <small>of {count} digits</small>",
      digits,
      { measured: measured.join(" "), count: whole(digits) },
    );
  }

  putPatch() {
    const { patch, pixels } = this.data;
    for (const panel of this.panels) {
      const square = panel.querySelector(".patch");
      square.hidden = !patch;
      if (!patch) continue;
      const percent = (value) => `${(100 * value) / pixels}%`;
      const [left, top] = this.place.map((each) => Math.round(each - (patch.side - 1) / 2));
      Object.assign(square.style, { left: percent(left), top: percent(top), width: percent(patch.side), height: percent(patch.side) });
    }
  }

  grasp(event, patch) {
    event.preventDefault();
    patch.focus({ preventScroll: true });
    patch.setPointerCapture(event.pointerId);
    this.grip = { at: [event.clientX, event.clientY], place: this.place };
  }

  drag(event, patch) {
    if (!this.grip) return;
    const scale = this.data.pixels / patch.parentElement.clientWidth;
    this.move([event.clientX, event.clientY].map((each, axis) => this.grip.place[axis] + (each - this.grip.at[axis]) * scale));
  }

  move(place) {
    this.place = place.map((each) => Math.min(this.data.pixels - 1, Math.max(0, each)));
    this.putPatch();
    this.report();
  }

  // One report at a time; while its answer is pending, the latest place waits.
  report() {
    if (this.waiting) return void (this.isMoved = true);
    this.isMoved = false;
    this.waiting = ++this.number;
    const [x, y] = this.place;
    report(this.send, "placed", { x, y, number: this.number });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.answer(), ANSWER_TIMEOUT);
  }

  answer() {
    clearTimeout(this.timer);
    this.waiting = 0;
    if (this.isMoved) this.report();
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const stage = (parentElement.breakStage ??= new Stage(parentElement));
  stage.send = setTriggerValue;
  stage.update(data);
}
