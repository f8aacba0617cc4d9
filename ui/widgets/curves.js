// Curves by step in stacked plots: zoom by brush, logarithmic axes, one crosshair over all plots.
// The data are described in curves.py. What only concerns the view stays here and needs no server request.

import { escaped } from "../widgets/elements.js";
import { _, fixed, localized, whole } from "../widgets/words.js";

const RIGHT = 10, TOP = 8, TICK_ROW = 18, UNIT_ROW = 18; // px
const LABEL_ROWS = 3;
const TYPE = 11; // px, of the labels
const LEFT = 40 / TYPE, LABEL_ROW = 13 / TYPE, LETTER = 5.6 / TYPE, DIGIT = 7.2 / TYPE; // relative to the type size
const FLOORS = { "0%": 0, "50%": 50, "80%": 80, "90%": 90, "95%": 95, Auto: null };
const LEAST_LOSS = 1e-6; // the logarithm of 0 is not finite
const STORED = "digit_lab.curves";
const KEYED = "[class*=st-key-]";

const LINEAR = { to: (value) => value, from: (value) => value };
const LOG_STEPS = { to: Math.log1p, from: Math.expm1 }; // so that step 0 has a place too
const LOG = { to: Math.log10, from: (value) => 10 ** value };

function scale({ to, from }, [low, high], start, end) {
  const first = to(low), span = to(high) - first || 1;
  return {
    at: (value) => start + ((end - start) * (to(value) - first)) / span,
    value: (place) => from(first + (span * (place - start)) / (end - start)),
  };
}

function roundStep(span, count) {
  const raw = span / count, power = 10 ** Math.floor(Math.log10(raw));
  return power * [1, 2, 5, 10].find((each) => each * power >= raw * 0.999);
}

function linearTicks([low, high], count, smallest = 0) {
  const step = Math.max(smallest, roundStep(high - low || 1, count));
  const ticks = [];
  for (let number = Math.ceil(low / step - 1e-9); number * step <= high + step * 1e-9; number++) ticks.push(number * step || 0);
  return ticks;
}

function logTicks([low, high], count, smallest) {
  const powers = [];
  for (let power = Math.floor(Math.log10(Math.max(low, LEAST_LOSS))); 10 ** power <= high; power++) powers.push(10 ** power);
  const decades = powers.filter((each) => each >= low * 0.999 && each >= smallest);
  if (decades.length > 2) return decades;
  const finer = powers.flatMap((each) => [each, 2 * each, 5 * each]);
  const inside = finer.filter((each) => each >= low * 0.999 && each <= high && each >= smallest);
  return inside.length > 1 ? inside : linearTicks([low, high], count, smallest);
}

function nearest(places, value) {
  let low = 0, high = places.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (places[middle] < value) low = middle; else high = middle;
  }
  return value - places[low] <= places[high] - value ? low : high;
}

const logarithm = (axis, name) => `<button data-tool="${axis}" aria-label="${escaped(name)}">${_("Log")}</button>`;
const px = (value) => Math.round(value * 10) / 10;

function parse(bytes) {
  const message = bytes.slice(); // aligned, unlike the original
  const length = new DataView(message.buffer).getUint32(0, true);
  const told = JSON.parse(new TextDecoder().decode(message.subarray(4, 4 + length)));
  const places = new Float64Array(message.buffer, 4 + length, told.places);
  let start = 4 + length + 8 * told.places;
  for (const curve of told.curves) {
    curve.at = places.subarray(curve.start, curve.start + curve.count);
    const next = () => new Float32Array(message.buffer, (start += 4 * curve.count) - 4 * curve.count, curve.count);
    curve.values = next();
    curve.band = curve.banded ? [next(), next()] : null;
  }
  return told;
}

// The kind of a plot's axis: the first word of its quantity. "log" is logarithmic, "size" starts at 0, "share" is in %.
const axisOf = (quantity) => quantity.split("_")[0];

// Format a place on the horizontal axis; between two epochs, to two decimals.
const placed = (value) => whole(Math.round(100 * value) / 100);

// Format a value to this many significant digits.
const general = (value, digits) => localized(String(Number(value.toPrecision(digits))));

function format(quantity, value, sign = "%") {
  if (!Number.isFinite(value)) return "–";
  if (["log", "size"].includes(axisOf(quantity))) return general(value, 2);
  if (quantity === "loss") return value >= 1000 ? localized(value.toExponential(1)) : fixed(value, 3);
  if (value === 0 || value === 100) return localized(`${value}${sign}`); // as in training/percentages.py
  const exact = Number(value.toPrecision(6)); // 99.9 arrives as a float32, which is larger
  return localized(exact < 0.1 ? `<0.1${sign}` : exact > 99.9 ? `>99.9${sign}` : `${exact.toFixed(1)}${sign}`);
}

// Format a value with its band: 92.4% (89.7 to 94.4).
function told(curve, index) {
  if (curve.beside) return Number.isFinite(curve.values[index]) ? general(curve.values[index], 3) : "–";
  const text = format(curve.quantity, curve.values[index] ?? NaN);
  if (!curve.band || text === "–") return text;
  const [low, high] = curve.band.map((limits) => format(curve.quantity, limits[index], ""));
  return `${text} (${_("{low} to {high}", { low, high })})`;
}

class Curves {
  constructor(root) {
    this.root = root;
    this.zoomKey = `${STORED}.zoom.${root.closest(KEYED).className.match(/st-key-(\S+)/)[1]}`;
    this.choices = { loss: false, steps: false, floor: "0%", ...JSON.parse(sessionStorage.getItem(STORED) ?? "{}") };
    this.view = JSON.parse(sessionStorage.getItem(this.zoomKey) ?? "null");
    this.cross = this.brush = null;
    root.innerHTML = `<div class="curves"><div class="plots" tabindex="0" role="group"></div><div class="told" hidden></div>
      <button data-tool="zoom">${_("Whole run")}</button>${logarithm("steps", _("Logarithmic steps"))}<p class="spoken" aria-live="polite"></p></div>`;
    [this.plotted, this.told, this.spoken, this.whole] = [".plots", ".told", ".spoken", "[data-tool=zoom]"].map((each) => root.querySelector(each));
    new ResizeObserver(() => {
      if (this.data) this.fit();
      this.draw();
    }).observe(this.plotted);
    this.plotted.addEventListener("pointerdown", (event) => this.onDown(event));
    this.plotted.addEventListener("pointermove", (event) => this.onMove(event));
    this.plotted.addEventListener("pointerup", () => this.onUp());
    this.plotted.addEventListener("pointercancel", () => { this.brush = null; this.draw(); });
    this.plotted.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.point(null));
    this.plotted.addEventListener("blur", () => this.point(null));
    this.plotted.addEventListener("dblclick", (event) => event.target.closest("svg") && this.zoom(null));
    this.plotted.addEventListener("keydown", (event) => this.onKey(event));
    root.onclick = (event) => this.onTool(event);
    this.plotted.addEventListener("change", (event) => this.choose("floor", event.target.value));
  }

  update(data) {
    this.data = parse(data);
    this.fit();
    const last = this.last();
    if (this.view && this.view[0] >= last) this.zoom(null); // a new run is shorter
    else this.draw();
  }

  // On a phone the plots stay in view above the settings, so they are less tall there; style.css reserves their place.
  fit() {
    const { plots } = this.data, part = matchMedia("(max-width: 640px)").matches ? 0.56 : 1;
    for (const plot of plots) plot.height = Math.round((plot.full ??= plot.height) < 100 ? plot.full : part * plot.full);
    const shape = plots.map((plot) => `${plot.quantity} ${plot.height}`).join();
    if (shape !== this.shape) this.build(shape);
  }

  build(shape) {
    this.shape = shape;
    const { plots, unit } = this.data;
    const titles = new Intl.ListFormat(document.documentElement.lang).format(plots.map((plot) => plot.title));
    // Translators: {titles} are those of plots, {unit} that of their common horizontal axis, such as Step.
    this.plotted.setAttribute("aria-label", _("{titles} by {unit}. Arrow keys read values, plus and minus zoom, Escape shows everything.", { titles, unit }));
    const floors = Object.entries(FLOORS).map(([name, share]) => `<option value="${name}">${share === null ? _("Auto") : localized(name)}</option>`);
    // Translators: the lower end of an axis of percentages, which {floor} lets choose.
    const floor = _("from {floor}", { floor: `<select>${floors.join("")}</select>` });
    this.plotted.innerHTML = plots.map((plot, index) => {
      const tools = plot.quantity === "loss"
        ? logarithm("loss", _("Logarithmic loss"))
        : plot.fits || plot.quantity !== "accuracy" ? "" : `<label>${floor}</label>`;
      const height = plot.height + (index === plots.length - 1 ? TICK_ROW + UNIT_ROW : 6);
      return `<div class='curve_title'><h2>${escaped(plot.title)}</h2><span class='legend'></span><span class='tools'>${tools}</span></div>` +
        `<svg role='img' height='${height}' data-plot='${index}'><g class='grid'></g><g class='steps'></g>` +
        `<svg class='area' y='0' height='${plot.height}'><rect class='evidence' height='100%'></rect><g class='marks'></g>` +
        "<g class='bands'></g><g class='lines'></g><rect class='brush' height='100%'></rect><g class='cross'></g></svg><g class='labels'></g><g class='at'></g></svg>";
    }).join("");
    this.svgs = [...this.plotted.querySelectorAll("svg[data-plot]")];
    this.select = this.plotted.querySelector("select");
    if (this.select) this.select.value = this.choices.floor;
  }

  last() {
    return Math.max(1, ...this.data.curves.map((curve) => curve.at[curve.count - 1] ?? 0));
  }

  range() {
    return this.view ?? [0, this.last()];
  }

  isLog(plot) {
    return axisOf(plot.quantity) === "log" || (plot.quantity === "loss" && this.choices.loss);
  }

  stepScale() {
    return this.choices.steps ? LOG_STEPS : LINEAR;
  }

  // The step axis as fractions of its width, for elements aligned with it (see replay_slider.js).
  stepAxis() {
    return scale(this.stepScale(), this.range(), 0, 1);
  }

  // Move a zoomed view so that it contains a step.
  reveal(step) {
    const share = this.stepAxis().at(step);
    if (!this.view || (share >= 0 && share <= 1)) return;
    const { to, from } = this.stepScale(), [low, high] = this.view.map(to), margin = 0.1 * (high - low);
    const by = to(step) - (share < 0 ? low + margin : high - margin);
    const allowed = Math.max(-low, Math.min(to(this.last()) - high, by));
    this.zoom([from(low + allowed), from(high + allowed)]);
  }

  // The part of a curve inside the view, with one more point on either side.
  inside(curve) {
    const [low, high] = this.range();
    if (!curve.count) return [0, 0];
    let first = nearest(curve.at, low), end = nearest(curve.at, high);
    while (first > 0 && curve.at[first] > low) first--;
    while (end < curve.count - 1 && curve.at[end] < high) end++;
    return [first, end + 1];
  }

  valueRange(plot) {
    const curves = this.data.curves.filter((curve) => curve.quantity === plot.quantity && !curve.beside);
    let least = Infinity, most = -Infinity;
    const values = [];
    for (const curve of curves) {
      const [first, end] = this.inside(curve);
      for (let index = first; index < end; index++) {
        const value = curve.values[index];
        if (!Number.isFinite(value)) continue;
        least = Math.min(least, value);
        most = Math.max(most, value);
        values.push(value);
      }
    }
    if (axisOf(plot.quantity) === "share") return [0, 100];
    if (plot.quantity === "accuracy") {
      const floor = plot.fits ? null : FLOORS[this.choices.floor];
      if (floor !== null) return [floor, 100];
      const low = plot.fits ? least : values.sort((one, other) => one - other)[Math.floor(values.length / 5)] ?? 0;
      return [Math.max(...[0, 50, 80, 90, 95, 98].filter((each) => each <= low)), 100];
    }
    if (!this.isLog(plot)) {
      most = Math.min(Number.isFinite(most) ? most : 2.5, plot.limit ?? Infinity) || 1;
      const step = roundStep(most, 4);
      return [0, plot.limit ? most : Math.ceil(most / step - 1e-9) * step];
    }
    if (!Number.isFinite(most)) return [0.1, 10];
    const fit = (value, round) => {
      const power = 10 ** Math.floor(Math.log10(value));
      return power * round([1, 2, 5, 10], value / power);
    };
    const low = fit(Math.max(least, LEAST_LOSS), (steps, part) => steps.findLast((each) => each <= part * 1.0001) ?? 1);
    const high = fit(Math.max(most, LEAST_LOSS), (steps, part) => steps.find((each) => each >= part * 0.9999) ?? 10);
    return [low, high > low ? high : 2 * low];
  }

  // The scale for a curve of a different quantity: from 0 to its largest value.
  besideScale(curve, plot) {
    return scale(LINEAR, [0, curve.values.reduce((most, each) => Math.max(most, each), 0)], plot.height, TOP);
  }

  draw() {
    if (!this.data) return;
    this.type = parseFloat(getComputedStyle(this.svgs[0]).fontSize) || TYPE; // larger while presenting
    this.left = LEFT * this.type;
    const width = this.plotted.clientWidth - this.left - RIGHT;
    if (width < 20) return;
    const { plots } = this.data;
    this.x = scale(this.stepScale(), this.range(), 0, width);
    this.y = plots.map((plot) => {
      return scale(this.isLog(plot) ? LOG : LINEAR, this.valueRange(plot), plot.height, TOP);
    });
    this.svgs.forEach((svg, index) => this.drawPlot(svg, plots[index], this.y[index], width, index));
    for (const button of this.root.querySelectorAll("[data-tool=loss], [data-tool=steps]"))
      button.setAttribute("aria-pressed", this.choices[button.dataset.tool]);
    this.whole.hidden = this.view === null;
    this.drawCross();
  }

  drawPlot(svg, plot, y, width, index) {
    const { curves, marks, evidence, replayed, unit, is_whole, plots } = this.data;
    const part = (name) => svg.querySelector(`.${name}`);
    part("area").setAttribute("x", this.left);
    part("area").setAttribute("width", width);
    svg.setAttribute("aria-label", [_("{title} by {unit}", { title: plot.title, unit }), ...plot.legend.map((each) => `${each[0]} ${each[1]}`)].join(", "));

    const values = this.valueRange(plot), log = this.isLog(plot);
    const rows = log ? logTicks(values, 4, 0) : linearTicks(values, 4);
    const sign = ["accuracy", "share"].includes(axisOf(plot.quantity)) ? "%" : "";
    let below = Infinity; // omit labels that would touch the previous one
    this.put(part("grid"), rows.map((value) => {
      const at = px(y.at(value));
      const text = value !== 0 && (value < 1e-3 || value >= 1e5) ? value.toExponential(0) : String(Number(value.toPrecision(4)));
      const line = `<line x1='${this.left}' x2='${this.left + width}' y1='${at}' y2='${at}'/>`;
      if (below - at < this.type) return line;
      below = at;
      return `${line}<text x='${this.left - 6}' y='${at}' dy='0.32em'>${localized(text + sign)}</text>`;
    }).join(""));
    const lowest = index === plots.length - 1;
    const smallest = is_whole ? 1 : 0;
    const columns = this.choices.steps
      ? [...(this.range()[0] === 0 ? [0] : []), ...logTicks(this.range(), 6, smallest || LEAST_LOSS)]
      : linearTicks(this.range(), Math.max(2, Math.min(7, width / 90)), smallest);
    let free = -Infinity;
    const labels = lowest ? columns.map((value) => {
      const text = placed(value), half = (DIGIT * this.type * text.length) / 2, at = this.left + px(this.x.at(value));
      if (at - half < free) return "";
      free = at + half + 6;
      return `<text x='${Math.min(at, this.left + width + RIGHT - half)}' y='${plot.height + 14}'>${text}</text>`;
    }) : [];
    this.put(part("steps"), `<line x1='${this.left}' x2='${this.left + width}' y1='${plot.height}' y2='${plot.height}'/>${labels.join("")}` +
      (lowest ? `<text class='unit' x='${this.left + width / 2}' y='${plot.height + TICK_ROW + 14}'>${unit}</text>` : ""));

    const [low, high] = this.range();
    const seen = marks.filter((mark) => mark.at >= low && mark.at <= high);
    const rules = seen.map((mark) => `<line class='change' style='stroke:${mark.colour}' x1='${px(this.x.at(mark.at))}' x2='${px(this.x.at(mark.at))}' y2='100%'/>`);
    if (replayed !== null) rules.push(`<line class='replayed' x1='${px(this.x.at(replayed))}' x2='${px(this.x.at(replayed))}' y2='100%'/>`);
    this.put(part("marks"), rules.join(""));
    if (index === 0) this.put(part("labels"), this.labels(seen, width));

    const own = curves.filter((curve) => curve.quantity === plot.quantity);
    this.put(part("bands"), own.filter((curve) => curve.is_shaded && curve.band).map((curve) =>
      `<path d='${this.area(curve, y, log)}' style='fill:${curve.colour};opacity:${0.18 * curve.opacity}'/>`).join(""));
    const lines = part("lines");
    while (lines.childElementCount < own.length) lines.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
    while (lines.childElementCount > own.length) lines.lastChild.remove();
    own.forEach((curve, place) => {
      const line = lines.children[place];
      line.setAttribute("d", curve.beside ? this.path(curve, this.besideScale(curve, plot), false) : this.path(curve, y, log));
      line.setAttribute("style", `stroke:${curve.colour};stroke-width:${curve.width};stroke-dasharray:${curve.dash || "none"};opacity:${curve.opacity}`);
    });
    this.band(part("evidence"), evidence);
    this.band(part("brush"), this.brush && [this.brush.from, this.brush.to]);
  }

  // The titles show the latest values, or those at the crosshair.
  drawLegend(svg, plot, read) {
    const entries = plot.legend.map(([name, value, colour]) => {
      const at = read.find(([curve]) => curve.quantity === plot.quantity && curve.name === name);
      const shown = at ? told(at[0], at[2]) : value;
      return `<span style='color:${colour}'>${escaped(name)} <b${name === "dev" ? ` id='dev_${plot.quantity}'` : ""}>${escaped(shown).replace(/ (\(.*\))$/, " <small>$1</small>")}</b></span>`;
    });
    this.put(svg.previousElementSibling.querySelector(".legend"), `${entries.join("")}<span class='note'>${escaped(plot.note)}</span>`);
  }

  put(element, html) {
    if (element.drawn !== html) element.innerHTML = element.drawn = html;
  }

  band(rect, range) {
    rect.style.display = range ? "" : "none";
    if (!range) return;
    const [from, to] = [this.x.at(Math.min(...range)), this.x.at(Math.max(...range))];
    rect.setAttribute("x", px(from));
    rect.setAttribute("width", px(Math.max(5, to - from)));
  }

  path(curve, y, log) {
    const [first, end] = this.inside(curve);
    let path = "", gap = true;
    for (let index = first; index < end; index++) {
      const value = curve.values[index];
      if (!Number.isFinite(value)) { gap = true; continue; }
      path += `${gap ? "M" : "L"}${px(this.x.at(curve.at[index]))} ${px(y.at(log ? Math.max(value, LEAST_LOSS) : value))}`;
      gap = false;
    }
    return path && `${path}h0`; // so that a single point shows as a dot
  }

  area(curve, y, log) {
    const [first, end] = this.inside(curve);
    const sides = [[], []];
    for (let index = first; index < end; index++) {
      const limits = curve.band.map((values) => values[index]);
      if (!limits.every(Number.isFinite)) continue;
      limits.forEach((value, side) => sides[side].push(`${px(this.x.at(curve.at[index]))} ${px(y.at(log ? Math.max(value, LEAST_LOSS) : value))}`));
    }
    return sides[0].length ? `M${[...sides[0], ...sides[1].reverse()].join("L")}Z` : "";
  }

  // Place the newest labels first, each in the first row where it touches no other; the crosshair shows the rest.
  labels(marks, width) {
    const rows = Array.from({ length: LABEL_ROWS }, () => []);
    return marks.filter((mark) => mark.text).toReversed().map((mark) => {
      const at = this.x.at(mark.at), long = LETTER * this.type * mark.text.length + 8;
      const flip = at + long > width && at > long;
      const [from, to] = flip ? [at - long, at] : [at, at + long];
      const row = rows.findIndex((taken) => taken.every(([start, stop]) => to <= start || from >= stop));
      if (row < 0) return "";
      rows[row].push([from, to]);
      return `<text x='${px(this.left + at + (flip ? -4 : 4))}' y='${TOP + 10 + row * LABEL_ROW * this.type}' text-anchor='${flip ? "end" : "start"}' style='fill:${mark.colour}'>${escaped(mark.text)}</text>`;
    }).join("");
  }

  drawCross() {
    const { plots, curves, marks, unit } = this.data;
    const place = this.brush ? null : this.cross;
    const named = curves.filter((curve) => curve.name && curve.count);
    if (place === null || !named.length) {
      this.told.hidden = true;
      this.svgs.forEach((svg, index) => {
        this.put(svg.querySelector(".cross"), "");
        this.put(svg.querySelector(".at"), "");
        this.drawLegend(svg, plots[index], []);
      });
      return;
    }
    // The measured place nearest to the pointer.
    const step = named.map((curve) => curve.at[nearest(curve.at, place)]).reduce((best, each) =>
      Math.abs(each - place) < Math.abs(best - place) ? each : best);
    const x = this.x.at(step);
    const read = named.map((curve) => {
      const index = step > curve.at[curve.count - 1] ? -1 : nearest(curve.at, step);
      return [curve, curve.values[index] ?? NaN, index];
    });
    plots.forEach((plot, index) => {
      const dots = read.filter(([curve, value]) => curve.quantity === plot.quantity && !curve.beside && Number.isFinite(value)).map(([curve, value]) =>
        `<circle r='3.5' cx='${px(x)}' cy='${px(this.y[index].at(this.isLog(plot) ? Math.max(value, LEAST_LOSS) : value))}' style='fill:${curve.colour}'/>`);
      const svg = this.svgs[index];
      this.put(svg.querySelector(".cross"), `<line x1='${px(x)}' x2='${px(x)}' y2='100%'/>${dots.join("")}`);
      this.drawLegend(svg, plot, read);
      const text = `${unit} ${placed(step)}`, half = 0.29 * this.type * text.length;
      const centre = Math.max(half, Math.min(this.plotted.clientWidth - half, this.left + x));
      if (index === plots.length - 1) this.put(svg.querySelector(".at"), `<text x='${px(centre)}' y='${plot.height + 14}'>${text}</text>`);
    });
    this.told.hidden = !named[0].group;
    if (this.told.hidden) return;
    const near = marks.filter((mark) => mark.text && Math.abs(this.x.at(mark.at) - x) < 5).map((mark) => `<p>${escaped(mark.text)}</p>`);
    const rows = plots.map((plot) => {
      const groups = Map.groupBy(read.filter(([curve]) => curve.quantity === plot.quantity), ([curve]) => curve.group);
      return `<h3>${escaped(plot.title)}</h3>` + [...groups].map(([group, each]) => `<p>${group ? `<i>${escaped(group)}</i> ` : ""}` +
        each.map(([curve, , index]) => `<span style='color:${curve.colour}'>${escaped(curve.name)} <b>${told(curve, index)}</b></span>`).join(" ") + "</p>").join("");
    });
    this.put(this.told, `<p class='at'>${unit} ${placed(step)}</p>${near.join("")}${rows.join("")}`);
    const all = this.plotted.clientWidth, size = this.told.offsetWidth;
    const left = this.left + x + 14 + size <= all ? this.left + x + 14 : Math.max(0, this.left + x - 14 - size);
    this.told.style.transform = `translate(${px(left)}px, ${this.svgs[0].offsetTop || 34}px)`;
  }

  // Reading, zooming, choosing

  point(place) {
    this.cross = place;
    if (this.data) this.drawCross();
  }

  zoom(range) {
    this.view = range;
    sessionStorage.setItem(this.zoomKey, JSON.stringify(range));
    this.cross = null;
    this.draw();
  }

  choose(name, value) {
    this.choices[name] = value;
    sessionStorage.setItem(STORED, JSON.stringify(this.choices));
    this.draw();
  }

  placeOf(event) {
    const svg = event.target.closest("svg[data-plot]");
    if (!svg) return null;
    const width = this.plotted.clientWidth - this.left - RIGHT;
    const x = (event.clientX - this.plotted.getBoundingClientRect().left) / (this.plotted.currentCSSZoom ?? 1) - this.left; // presenting zooms the page
    return this.x.value(Math.max(0, Math.min(width, x)));
  }

  onDown(event) {
    const from = this.placeOf(event);
    if (from === null || event.button !== 0) return;
    this.pressed = { from, clientX: event.clientX };
    event.target.closest("svg[data-plot]").setPointerCapture(event.pointerId);
  }

  onMove(event) {
    const place = this.placeOf(event);
    if (place === null) return this.pressed || this.point(null);
    if (this.pressed && (this.brush || Math.abs(event.clientX - this.pressed.clientX) > 5)) {
      this.brush = { from: this.pressed.from, to: place };
      return this.draw();
    }
    this.point(place);
  }

  onUp() {
    const { brush, pressed } = this;
    this.brush = this.pressed = null;
    if (!brush) return pressed && this.point(pressed.from);
    const [low, high] = [Math.min(brush.from, brush.to), Math.max(brush.from, brush.to)];
    this.zoom(high - low > (this.data.is_whole ? 1 : 0.01) ? [low, high] : this.view);
  }

  onTool(event) {
    const tool = event.target.closest("button")?.dataset.tool;
    if (tool === "zoom") this.zoom(null);
    else if (tool) this.choose(tool, !this.choices[tool]);
  }

  onKey(event) {
    if (event.target !== this.plotted || event.altKey || event.ctrlKey || event.metaKey) return;
    const [low, high] = this.range(), first = this.data.curves.find((curve) => curve.name);
    if (!first?.count) return;
    const at = nearest(first.at, this.cross ?? high), by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    const centre = this.cross ?? (low + high) / 2, span = high - low;
    if (by) this.point(first.at[Math.max(0, Math.min(first.count - 1, at + by))]);
    else if (event.key === "Home" || event.key === "End") this.point(event.key === "Home" ? low : high);
    else if (event.key === "Escape") this.zoom(null);
    else if ("+=".includes(event.key) && span > 4) this.zoom([Math.max(low, centre - span / 4), Math.min(high, centre + span / 4)]);
    else if (event.key === "-") {
      const wide = [Math.max(0, centre - span), Math.min(this.last(), centre + span)];
      this.zoom(wide[0] === 0 && wide[1] === this.last() ? null : wide);
    } else return;
    event.preventDefault();
    this.spoken.textContent = [...this.plotted.querySelectorAll(".at, .curve_title")].map((each) => each.textContent).join(", ");
  }
}

export default function ({ data, parentElement }) {
  if (!parentElement.closest(KEYED)) return; // the page was left, or is being replaced, while this script was loading
  (parentElement.curves ??= new Curves(parentElement)).update(data);
}
