// Digits as points on a map that glide from step to step, and from layer to layer as in the Grand Tour of neural
// networks (Li, Zhao and Scheidegger, 2020). The numbers come from digit_map.py.

import { element, write } from "../widgets/elements.js";
import { _, ngettext, whole } from "../widgets/words.js";
import { report } from "../workarounds/separate_reports.js";

const GLIDE = 350; // ms from one place to another
const FOLLOW = 80; // ms for your drawing to glide between two readings: about the time between them
const NEAR = 16; // px within which the pointer is on a digit
const LISTED = 48; // the most chosen digits listed
const COLUMNS = 25; // columns of the sheet that the digits are cut from
const MOST_COLOURS = 10; // with more classes, only glyphs distinguish them
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const DIGITS = {
  title: (count, of) => ngettext("Map of {count} digit.", "Map of {count} digits.", count, of),
  hint: (of) => _("Drag around digits, or press a class, to see them here instead of the {wrong} misread.", of),
  chosen: (count, of) => ngettext("{count} digit, {wrong} misread: {classes}.", "{count} digits, {wrong} misread: {classes}.", count, of),
};
const IMAGES = {
  title: (count, of) => ngettext("Map of {count} image.", "Map of {count} images.", count, of),
  hint: (of) => _("Drag around images, or press a class, to see them here instead of the {wrong} misread.", of),
  chosen: (count, of) => ngettext("{count} image, {wrong} misread: {classes}.", "{count} images, {wrong} misread: {classes}.", count, of),
};

const isInside = (x, y, path) => {
  let inside = false;
  path.forEach(([px, py], at) => {
    const [qx, qy] = path.at(at - 1);
    if (py > y !== qy > y && x < ((qx - px) * (y - py)) / (qy - py) + px) inside = !inside;
  });
  return inside;
};

class DigitMap {
  constructor(root) {
    this.root = root;
    root.classList.add("digit_map");
    this.layers = element("div", "layers", root);
    this.slider = element("input", "", this.layers);
    Object.assign(this.slider, { type: "range", min: 0, ariaLabel: _("Layer") });
    this.stops = element("div", "stops", this.layers);
    this.plane = element("div", "plane", root);
    this.canvas = element("canvas", "", this.plane);
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.told = element("div", "told", this.plane);
    this.told.append(element("i", "cut"), element("span", ""));
    this.side = element("div", "side", root);
    this.note = element("p", "note", this.side);
    this.legend = element("ul", "legend", this.side);
    this.title = element("p", "title", this.side);
    this.list = element("ul", "list", this.side);
    this.spoken = element("p", "spoken", root);
    this.spoken.setAttribute("aria-live", "polite");
    this.rule = element("style", "", root); // in a custom property, the picture would be decoded for each digit
    this.chosen = null; // the indices of the chosen digits
    this.at = null; // the index of the digit under the pointer or the keyboard focus
    new ResizeObserver(() => this.plane.clientWidth === this.drawn || this.draw()).observe(this.plane);
    const themes = new MutationObserver(() => (root.isConnected ? this.draw() : themes.disconnect()));
    themes.observe(document.documentElement, { attributeFilter: ["class", "data-theme"] });
    const follow = ({ detail }) => (root.isConnected ? this.follow(detail) : removeEventListener("digit_lab.followed", follow));
    addEventListener("digit_lab.followed", follow);
    this.slider.addEventListener("input", () => this.onLayer(Number(this.slider.value)));
    this.slider.addEventListener("change", () => this.report("layer", this.layer));
    for (const kind of ["pointerdown", "pointermove", "pointerup", "pointercancel", "pointerleave"])
      this.canvas.addEventListener(kind, (event) => this[kind](event));
    this.canvas.addEventListener("keydown", (event) => this.onKey(event));
    this.canvas.addEventListener("blur", () => this.tell(null));
  }

  update(data) {
    const shape = JSON.stringify([data.classes, data.labels, data.layers.map((layer) => layer.name)]);
    const isOther = shape !== this.shape;
    const glides = !isOther && Boolean(this.data?.own) === Boolean(data.own);
    Object.assign(this, { data, shape, texts: data.is_of_digits ? DIGITS : IMAGES });
    if (isOther || !data.can_choose_layer) this.layer = data.layer;
    if (isOther) this.build();
    this.layers.hidden = !data.shows_layer;
    for (const each of [this.slider, ...this.stops.children]) each.disabled = !data.can_choose_layer;
    const sheet = document.querySelector("#map_sheet").getAttribute("src");
    if (sheet !== this.sheet) this.rule.textContent = `.digit_map .cut { background-image: url(${sheet}) }`;
    this.sheet = sheet;
    this.misread = data.labels.map((label, place) => data.classes[label] !== data.read[place]);
    this.glide(glides ? GLIDE : 0);
    this.sayLayer();
    if (isOther) this.mark(data.chosen);
    if (isOther) requestAnimationFrame(() => setTimeout(() => this.sayCounts())); // show the map before its list
    else this.sayCounts();
    this.tell(this.at);
  }

  // Your drawing moves with the pen.
  follow(own) {
    const glides = Boolean(this.data.own) === Boolean(own);
    this.data.own = own;
    this.glide(glides ? FOLLOW : 0);
    if (this.at === this.data.labels.length) this.tell(own && this.at);
  }

  // Build what depends on the digits and the layers, not on the network.
  build() {
    const { data } = this;
    const last = data.layers.length - 1;
    this.at = null;
    Object.assign(this.slider, { max: last, step: isCalm() ? 1 : 0.05, value: this.layer });
    this.stops.replaceChildren();
    data.layers.forEach(({ name }, layer) => {
      const stop = element("button", "", this.stops, name);
      stop.type = "button";
      stop.style.setProperty("--at", layer / last);
      stop.addEventListener("click", () => {
        this.onLayer(layer, GLIDE);
        this.report("layer", layer);
      });
    });
    this.legend.replaceChildren();
    const choices = [...data.classes.keys()].filter((label) => data.labels.includes(label));
    this.choices = [...choices, null].map((label) => {
      const button = element("button", "", element("li", "", this.legend));
      Object.assign(button, { type: "button", label });
      if (label === null) element("b", "ring", button);
      else element("b", "", button, data.glyphs[label]).style.color = this.colourOf(label);
      if (label === null) element("span", "", button, _("misread"));
      else if (data.glyphs[label] !== data.classes[label]) element("span", "", button, data.classes[label]);
      element("small", "", button);
      button.addEventListener("click", () => this.chooseClass(button));
      return button;
    });
    const many = data.labels.length, title = this.texts.title(many, { count: whole(many) });
    this.canvas.setAttribute("aria-label", `${title} ${_("Arrow keys move from one to another, Enter opens it.")}`);
    this.list.replaceChildren();
  }

  colourOf(label) {
    return this.data.classes.length > MOST_COLOURS ? "var(--ink)" : `var(--class${label})`;
  }

  // The positions of the digits, then of your drawing, from -1 to 1, at a layer or between two.
  placed() {
    const { layers, own } = this.data;
    const before = Math.min(Math.floor(this.layer), layers.length - 2), share = this.layer - before;
    const [from, to] = [before, before + 1].map((layer) => [...layers[layer].points, ...(own ? own.points[layer] : [])]);
    return from.map((value, index) => (value + share * (to[index] - value)) / 1000);
  }

  glide(time) {
    cancelAnimationFrame(this.frame);
    const target = this.placed(), from = this.points;
    if (!time || isCalm() || from?.length !== target.length || document.hidden) {
      this.points = target;
      return this.draw();
    }
    const began = performance.now();
    const step = (now) => {
      const part = Math.min(1, Math.max(0, (now - began) / time)), eased = part * (2 - part);
      this.points = target.map((value, index) => from[index] + eased * (value - from[index]));
      this.draw();
      if (part < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  onLayer(layer, time = 0) {
    this.layer = layer;
    this.slider.value = layer;
    this.glide(time);
    this.sayLayer();
  }

  sayLayer() {
    const { layers, axes } = this.data, nearest = Math.round(this.layer);
    const [before, after] = [layers[Math.floor(this.layer)], layers[Math.ceil(this.layer)]];
    const way = { from: before.name, to: after.name };
    const where = before === after ? before.name : _("{from} to {to}", way);
    const note = before === after ? before.note : _("On the way from {from} to {to}: each moves in a straight line.", way);
    write(this.note, axes ? `${note} ${axes}` : note);
    this.slider.setAttribute("aria-valuetext", where);
    this.slider.style.setProperty("--done", `${(100 * this.layer) / (layers.length - 1)}%`);
    [...this.stops.children].forEach((stop, layer) => stop.setAttribute("aria-pressed", String(layer === nearest && before === after)));
  }

  // --- drawing

  draw() {
    const { canvas, points } = this, side = this.plane.clientWidth;
    if (!points || !side) return;
    this.drawn = side;
    const isPrinting = document.documentElement.classList.contains("printing");
    const ratio = isPrinting ? 4 : devicePixelRatio || 1, style = getComputedStyle(this.root);
    if (canvas.width !== Math.round(side * ratio)) canvas.width = canvas.height = Math.round(side * ratio);
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, side, side);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const [ink, paper, accent, wrong, faint] = ["ink", "paper", "accent", "wrong", "faint"].map(colour);
    pen.strokeStyle = faint;
    pen.lineWidth = 1;
    pen.strokeRect(0.5, 0.5, side - 1, side - 1);
    pen.beginPath();
    pen.moveTo(side / 2, 8), pen.lineTo(side / 2, side - 8), pen.moveTo(8, side / 2), pen.lineTo(side - 8, side / 2);
    pen.stroke();
    const { labels, glyphs, own, classes } = this.data;
    const isPresenting = document.documentElement.classList.contains("presenting");
    const size = isPresenting ? side / 36 : Math.max(10, Math.min(15, side / 44));
    const colours = classes.length > MOST_COLOURS ? classes.map(() => ink) : classes.map((_, label) => colour(`class${label}`));
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.font = `600 ${size}px ${style.fontFamily}`;
    const alpha = (place) => (!this.chosen || this.chosen.has(place) ? 1 : 0.14);
    const isFew = 2 * this.misread.filter(Boolean).length < labels.length; // otherwise rings would hide the digits
    labels.forEach((_, place) => {
      if (!this.misread[place]) return;
      pen.globalAlpha = alpha(place) * (isFew ? 1 : 0.25);
      this.circle(pen, ...this.screen(place), size * 0.7, wrong, 1);
    });
    labels.forEach((label, place) => {
      pen.globalAlpha = alpha(place);
      pen.fillStyle = colours[label];
      pen.fillText(glyphs[label], ...this.screen(place));
    });
    pen.globalAlpha = 1;
    if (own) this.drawOwn(pen, accent, paper);
    if (this.at !== null && this.at < labels.length) {
      const [x, y] = this.screen(this.at);
      this.circle(pen, x, y, size * 0.95, accent, 2);
    }
    if (this.path) {
      pen.beginPath();
      this.path.forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.closePath();
      pen.strokeStyle = pen.fillStyle = accent;
      pen.lineWidth = 1.5;
      pen.stroke();
      pen.globalAlpha = 0.08;
      pen.fill();
      pen.globalAlpha = 1;
    }
  }

  circle(pen, x, y, radius, colour, width) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.stroke();
  }

  // Your drawing itself, framed.
  drawOwn(pen, accent, paper) {
    const { own, labels } = this.data, [x, y] = this.screen(labels.length), half = 17;
    pen.fillStyle = paper;
    pen.fillRect(x - half, y - half, 2 * half, 2 * half);
    if (this.wanted !== own.image) {
      const picture = Object.assign(new Image(), { src: (this.wanted = own.image) });
      picture.onload = () => this.wanted === own.image && ((this.picture = picture), this.draw());
    }
    if (this.picture) pen.drawImage(this.picture, x - half, y - half, 2 * half, 2 * half);
    pen.strokeStyle = accent;
    pen.lineWidth = 2;
    pen.strokeRect(x - half, y - half, 2 * half, 2 * half);
  }

  screen(place) {
    const half = this.plane.clientWidth / 2;
    return [half + this.points[2 * place] * (half - 18), half - this.points[2 * place + 1] * (half - 18)];
  }

  count() {
    return this.points ? this.points.length / 2 : 0;
  }

  // The digit nearest to a point on the screen, by a distance function; null if it returns no distance.
  nearest(measure) {
    let found = null, least = Infinity;
    for (let place = this.count() - 1; place >= 0; place--) {
      const far = measure(...this.screen(place), place);
      if (far < least) [found, least] = [place, far];
    }
    return found;
  }

  under({ offsetX, offsetY }) {
    return this.nearest((x, y) => {
      const far = Math.hypot(x - offsetX, y - offsetY);
      return far <= NEAR ? far : Infinity;
    });
  }

  // --- details of a digit

  says(place) {
    const { data } = this, { own } = data;
    if (place === data.labels.length) return own.read ? _("Your drawing, read as {read} · {sure}", own) : _("Your drawing, not read");
    const of = { name: data.classes[data.labels[place]], read: data.read[place], sure: data.sure[place] };
    return this.misread[place] ? _("{name}, read as {read} · {sure}", of) : _("{name}, read right · {sure}", of);
  }

  cut(node, place) {
    const { labels, own } = this.data, isOwn = place === labels.length;
    const rows = Math.ceil(labels.length / COLUMNS);
    node.style.backgroundImage = isOwn ? `url(${own.image})` : "";
    node.style.backgroundSize = isOwn ? "100%" : `${100 * COLUMNS}% ${100 * rows}%`;
    node.style.backgroundPosition = isOwn ? "0 0" : `${(100 * (place % COLUMNS)) / (COLUMNS - 1)}% ${rows > 1 ? (100 * Math.floor(place / COLUMNS)) / (rows - 1) : 0}%`;
  }

  tell(place) {
    if (place !== null && place >= this.count()) place = null;
    if (place !== this.at) {
      this.at = place;
      this.draw();
    }
    this.told.hidden = place === null;
    if (place === null) return;
    this.cut(this.told.firstChild, place);
    write(this.told.lastChild, this.says(place));
    const [x, y] = this.screen(place), side = this.plane.clientWidth, width = this.told.offsetWidth, height = this.told.offsetHeight;
    const above = y - height - 22;
    this.told.style.transform = `translate(${Math.max(2, Math.min(side - width - 2, x - width / 2))}px, ${above > 2 ? above : y + 22}px)`;
  }

  // --- pointer and keyboard

  pointerdown(event) {
    if (event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.path = [[event.offsetX, event.offsetY]];
  }

  pointermove(event) {
    if (!this.path) return this.tell(this.under(event));
    this.path.push([event.offsetX, event.offsetY]);
    this.told.hidden = true;
    this.draw();
  }

  pointerup(event) {
    const path = this.path ?? [];
    this.path = null;
    if (!path.length) return;
    const [x, y] = path[0];
    if (path.some(([px, py]) => Math.hypot(px - x, py - y) > 6)) {
      const inside = this.data.labels.map((_, place) => place).filter((place) => isInside(...this.screen(place), path));
      return this.choose(inside);
    }
    const place = this.under(event);
    const wasTold = place !== null && place === this.at && !this.told.hidden;
    if (place === null) this.choose([]);
    else if (event.pointerType === "touch" && !wasTold) this.tell(place);
    else this.report("open", place);
    this.draw();
  }

  pointercancel() {
    this.path = null;
    this.draw();
  }

  pointerleave(event) {
    if (!this.path && event.pointerType !== "touch" && document.activeElement !== this.canvas) this.tell(null);
  }

  onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) {
      const [ax, ay] = arrow, [fromX, fromY] = this.at === null ? [this.plane.clientWidth / 2, this.plane.clientWidth / 2] : this.screen(this.at);
      const next = this.nearest((x, y, place) => {
        const along = (x - fromX) * ax + (y - fromY) * ay, across = Math.abs((x - fromX) * ay) + Math.abs((y - fromY) * ax);
        return place === this.at || along <= 0 || across > 2 * along ? Infinity : along + 2 * across;
      });
      if (next !== null) {
        this.tell(next);
        write(this.spoken, this.says(next));
      }
    } else if (event.key === "Enter" && this.at !== null) this.report("open", this.at);
    else if (event.key === "Escape") this.choose([]);
    else return;
    event.preventDefault();
  }

  // --- chosen digits

  // The digits of a class, or the misread ones.
  placesOf({ label }) {
    return [...this.data.labels.keys()].filter((place) => (label === null ? this.misread[place] : this.data.labels[place] === label));
  }

  chooseClass(button) {
    this.choose(button.getAttribute("aria-pressed") === "true" ? [] : this.placesOf(button));
  }

  mark(places) {
    this.chosen = places.length ? new Set(places) : null;
    for (const each of this.choices) each.setAttribute("aria-pressed", String(places.length > 0 && String(this.placesOf(each)) === String(places)));
  }

  choose(places) {
    this.mark(places);
    this.report("chosen", places);
    this.sayCounts();
    this.draw();
    write(this.spoken, this.chosen ? this.title.textContent : "");
  }

  sayCounts() {
    const { data } = this;
    for (const button of this.choices) {
      const { label } = button;
      const many = label === null ? this.misread.filter(Boolean).length : data.labels.filter((each) => each === label).length;
      write(button.lastChild, whole(many));
    }
    const all = [...data.labels.keys()], places = this.chosen ? [...this.chosen] : all.filter((place) => this.misread[place]);
    const shown = places.slice(0, LISTED), wrong = whole(places.filter((place) => this.misread[place]).length);
    this.fill(shown);
    const more = places.length > shown.length ? ` ${_("The first {count} are shown.", { count: shown.length })}` : "";
    if (!this.chosen) return write(this.title, this.texts.hint({ wrong }) + more);
    const counts = data.classes.map((name, label) => [name, places.filter((place) => data.labels[place] === label).length]);
    const most = counts.filter(([, many]) => many).sort((one, other) => other[1] - one[1]).slice(0, 6);
    const named = most.map(([name, many]) => `${whole(many)} × ${name}`).join(", ");
    write(this.title, this.texts.chosen(places.length, { count: whole(places.length), wrong, classes: named }) + more);
  }

  // A digit that stays in the list keeps its button and focus.
  fill(places) {
    const { data, list } = this, kept = new Map([...list.children].map((item) => [item.place, item]));
    for (const [place, item] of kept) if (!places.includes(place)) item.remove();
    places.forEach((place, index) => {
      const item = kept.get(place) ?? this.item(place), button = item.firstChild;
      if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
      button.classList.toggle("wrong", this.misread[place]);
      write(button.lastChild, this.misread[place] ? `${data.classes[data.labels[place]]} → ${data.read[place]}` : data.read[place]);
      button.setAttribute("aria-label", this.says(place));
    });
  }

  item(place) {
    const item = Object.assign(document.createElement("li"), { place }), button = element("button", "", item);
    button.type = "button";
    this.cut(element("i", "cut", button), place);
    element("span", "", button);
    button.addEventListener("click", () => this.report("open", place));
    for (const kind of ["pointerenter", "focus"]) button.addEventListener(kind, () => this.tell(place));
    for (const kind of ["pointerleave", "blur"]) button.addEventListener(kind, () => this.tell(null));
    return item;
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!document.querySelector("#map_sheet")) return; // the view was left while this script was loading
  const map = (parentElement.digitMap ??= new DigitMap(parentElement));
  map.report = (name, value) => report(setTriggerValue, name, value);
  map.update(data);
}
