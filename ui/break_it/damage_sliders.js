// Sliders for everything that can be broken: each thumb moves along the curve of the dev accuracy that is left. `data`
// is described in damage_sliders.py.

import { element } from "../widgets/elements.js";
import { _ } from "../widgets/words.js";
import { report } from "../workarounds/separate_reports.js";

const ANSWER_TIMEOUT = 3000; // ms
const HEIGHT = 36; // of a plot, in SVG units

class Row {
  constructor(data, parent, count, report) {
    this.name = data.name;
    this.root = element("div", "damage", parent);
    this.root.dataset.name = data.name;
    this.root.title = data.meaning;
    element("span", "damage_label", this.root, data.label);
    const plot = element("div", "damage_plot", this.root);
    plot.innerHTML = `<svg viewBox="0 0 100 ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true"><path class="frame" d="M0 0.5H100M0 ${HEIGHT - 0.5}H100"/>
      ${Array.from({ length: count }, (_each, place) => `<path class="band of${place}"/><path class="line of${place}"/>`).join("")}</svg>
      ${Array.from({ length: count }, (_each, place) => `<i class="dot of${place}"></i>`).join("")}<input type="range" min="0" step="1">`;
    this.lines = [...plot.querySelectorAll(".line")];
    this.bands = [...plot.querySelectorAll(".band")];
    this.dots = [...plot.querySelectorAll(".dot")];
    this.slider = plot.querySelector("input");
    this.slider.max = data.stops.length - 1;
    this.slider.ariaLabel = data.label;
    this.slider.setAttribute("aria-description", data.meaning);
    this.amount = element("output", "damage_amount", this.root);
    this.left = element("span", "damage_left", this.root);
    this.slider.addEventListener("input", () => {
      this.moved = true;
      this.show();
      report(this);
    });
  }

  update(data) {
    this.data = data;
    this.slider.disabled = data.fixed;
    const x = (stop) => (100 * stop) / (data.stops.length - 1);
    data.curves.forEach((curve, place) => {
      let pen = "M";
      const path = curve.map((each, stop) => {
        if (each === null) return (pen = "M"), "";
        const point = `${pen}${x(stop).toFixed(2)} ${((1 - each) * HEIGHT).toFixed(2)}`;
        pen = "L";
        return point;
      });
      this.lines[place].setAttribute("d", path.join(""));
    });
    data.bands.forEach((band, place) => {
      const known = band.map((each, stop) => each && [x(stop).toFixed(2), ...each.map((limit) => ((1 - limit) * HEIGHT).toFixed(2))]).filter(Boolean);
      const there = known.map(([at, low]) => `${at} ${low}`), back = known.reverse().map(([at, , high]) => `${at} ${high}`);
      this.bands[place].setAttribute("d", known.length ? `M${[...there, ...back].join("L")}Z` : "");
    });
    if (!this.moved) this.slider.value = data.at;
    this.show();
  }

  show() {
    const { data } = this, stop = Number(this.slider.value);
    const texts = data.texts.map((each) => each[stop]);
    this.root.classList.toggle("on", stop !== data.none);
    this.amount.textContent = data.stops[stop];
    this.left.replaceChildren(...texts.map((text, place) => {
      const part = document.createElement("span");
      part.className = `of${place}`;
      part.textContent = text || "…";
      part.title = text && `${text} (${data.intervals[place][stop]})`;
      return part;
    }));
    const spoken = texts.map((text, place) => (text ? _("{accuracy} ({interval}) of dev read correctly", { accuracy: text, interval: data.intervals[place][stop] }) : _("being measured")));
    this.slider.setAttribute("aria-valuetext", `${data.stops[stop]}, ${spoken.join("; ")}`);
    this.dots.forEach((dot, place) => {
      const share = data.curves[place][stop];
      dot.hidden = share === null;
      dot.style.left = `${(100 * stop) / (data.stops.length - 1)}%`;
      dot.style.top = `${(1 - (share ?? 0)) * 100}%`;
    });
  }
}

class Sliders {
  constructor(root) {
    this.root = element("div", "damages", root);
    this.number = 0;
    this.waiting = 0;
  }

  update(data) {
    const built = JSON.stringify([data.groups.map((group) => [group.title, group.rows.map((row) => [row.name, row.label, row.stops])]), data.networks.length]);
    if (built !== this.built) {
      this.built = built;
      this.root.replaceChildren();
      this.rows = data.groups.flatMap((group) => {
        const part = element("section", "", this.root);
        element("h2", "", part, group.title);
        return group.rows.map((row) => new Row(row, part, data.networks.length, (moved) => this.report(moved)));
      });
    }
    this.number = Math.max(this.number, data.answered);
    if (this.waiting && data.answered >= this.waiting) this.answer();
    const rows = data.groups.flatMap((group) => group.rows);
    this.rows.forEach((row, place) => row.update(rows[place]));
  }

  // One report at a time; while its answer is pending, the latest place of the thumb waits.
  report(row) {
    this.next = row;
    if (this.waiting) return;
    this.next = null;
    row.moved = true;
    this.waiting = ++this.number;
    this.sent = [row, row.slider.value];
    report(this.send, "moved", { name: row.name, stop: Number(row.slider.value), number: this.number });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.answer(), ANSWER_TIMEOUT);
  }

  answer() {
    clearTimeout(this.timer);
    this.waiting = 0;
    const [row, value] = this.sent ?? [];
    if (row && row.slider.value === value) row.moved = false;
    if (this.next) this.report(this.next);
    else if (row?.moved) this.report(row);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const sliders = (parentElement.damageSliders ??= new Sliders(parentElement));
  sliders.send = setTriggerValue;
  sliders.update(data);
}
