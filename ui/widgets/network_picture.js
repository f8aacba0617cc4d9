// A picture of a network at work, drawn from the message of network_picture.py. Focusable parts are DOM elements; the
// lines, which change often, are on one canvas behind them.

import { element, escaped, write } from "../widgets/elements.js";
import { _, localized, ngettext, whole } from "../widgets/words.js";
import { report } from "../workarounds/separate_reports.js";
import { Lines } from "./network_lines.js";
import { read, tiles } from "./network_message.js";
import { isCalm, listen, Scenes } from "./network_scenes.js";

const FEW = 8; // units, few enough for tiles twice as large

const decimals = (value) => (Math.abs(value) < 99.995 ? 2 : Math.abs(value) < 999.95 ? 1 : 0);
const signed = (value) => {
  const text = Math.abs(value).toFixed(decimals(value));
  return (Number(text) === 0 ? "" : value < 0 ? "−" : "+") + localized(text);
};
const label = (node, text) => {
  if (node.ariaLabel !== text) node.setAttribute("aria-label", text);
};

class NetworkPicture {
  constructor(root) {
    this.root = root;
    root.classList.add("network_picture");
    this.lines = new Lines(element("canvas", "lines", root));
    this.stages = element("div", "stages", root);
    this.stages.setAttribute("role", "group");
    this.stages.setAttribute("aria-label", _("The network at work; arrow keys move between units"));
    this.caption = element("p", "caption note", root);
    this.summary = element("ul", "summary", root);
    // The palette's colours, resolved by the browser: they may be any CSS, and change with the theme.
    this.probes = Object.fromEntries(
      ["ink", "paper", "positive", "negative"].map((name) => {
        const probe = element("i", "probe", root);
        probe.style.color = `var(--${name})`;
        return [name, probe];
      }),
    );
    this.probes.ink.addEventListener("transitionend", () => {
      this.shades = null;
      this.repaint();
    });
    const printing = new MutationObserver(() => {
      if (!root.isConnected) return printing.disconnect();
      const isPrinting = document.documentElement.classList.contains("printing");
      if (this.isPrinting === isPrinting || !this.picture) return;
      this.isPrinting = isPrinting;
      this.shades = null;
      this.lines.measure(root, this.stages, this.input, this.nodes);
      this.repaint();
    });
    printing.observe(document.documentElement, { attributeFilter: ["class"] });
    this.slots = [];
    this.scenes = new Scenes(this);
    new ResizeObserver(() => this.place()).observe(this.stages);
    for (const kind of ["pointerover", "focusin"]) this.stages.addEventListener(kind, (event) => this.isolate(event.target));
    for (const kind of ["pointerleave", "focusout"]) this.stages.addEventListener(kind, () => this.isolate(null));
    this.stages.addEventListener("keydown", (event) => this.onKey(event));
    this.stages.addEventListener("pointerdown", (event) => (this.touched = event.pointerType === "touch"));
    this.stages.addEventListener("click", (event) => this.onClick(event.target.closest(".node")));
  }

  update(message) {
    const before = this.message;
    this.message = message;
    this.show();
    if (message.after) return; // a step that the page plays
    if (message.changed) this.scenes.flash();
    if (message.label !== undefined) {
      if (before && message.step > before.step) this.scenes.follow();
    } else if (before && message.flow !== before.flow && !message.blank) this.scenes.flow("forward", 0, 1);
  }

  // The network as it is in the scene: before the step that is played, or after it.
  show() {
    const picture = (this.scenes.isAfter && this.message.after) || this.message;
    this.picture = picture;
    const shape = JSON.stringify([picture.layers.map((layer) => [layer.units.length, layer.total]), picture.names, picture.sides]);
    const isOther = shape !== this.shape;
    if (isOther) this.build();
    this.shape = shape;
    this.assignSlots();
    if (isOther) this.lines.measure(this.root, this.stages, this.input, this.nodes);
    this.repaint();
    if (isOther) this.scenes.set(this.scenes.view);
  }

  // One stage for the input and one per layer; the last has a row per output.
  build() {
    const { layers, names, sides } = this.picture;
    const hidden = layers.slice(0, -1);
    this.stages.textContent = "";
    this.isolated = null;
    const stage = (kind, label) => {
      const made = element("div", `stage ${kind}`, this.stages);
      const nodes = element("div", "nodes", made);
      element("p", "below note", made, label);
      return nodes;
    };
    this.input = element("canvas", "image", stage("input", ""));
    this.input.width = this.input.height = 28;
    this.input.setAttribute("role", "img");
    this.input.setAttribute("aria-label", _("What the network is given, 28 by 28 pixels"));
    this.nodes = hidden.map(({ units, total }, layer) => {
      const more = total - units.length;
      const rest = more ? _("+ {count} more", { count: whole(more) }) : ngettext("{count} unit", "{count} units", total, { count: whole(total) });
      const nodes = stage(`hidden${units.length <= FEW ? " few" : ""}`, rest);
      const rows = Math.ceil(units.length / (units.length <= FEW ? 4 : 7)); // when the picture is stacked
      nodes.style.setProperty("--columns", Math.ceil(units.length / rows));
      return units.map((_, slot) => this.node(nodes, layer, slot, sides[layer]));
    });
    const nodes = stage("outputs", "");
    this.root.style.setProperty("--names", `${Math.min(5, Math.max(...names.map((name) => name.length)) * 0.55 + 0.6)}rem`);
    this.nodes.push(
      names.map((name, slot) => {
        const row = this.node(nodes, hidden.length, slot, hidden.length ? 0 : sides[0]);
        element("span", "name", row, name);
        row.bar = element("span", "bar", element("span", "track", row));
        row.share = element("span", "share", row);
        return row;
      }),
    );
    this.slots = this.nodes.map(() => []);
    this.setStop(this.nodes.at(-1)[0]);
    this.root.classList.toggle("pixels_to_outputs", hidden.length === 0);
    this.root.classList.toggle("deep", hidden.length > 1);
  }

  node(parent, layer, slot, side) {
    const node = element("button", "node", parent);
    Object.assign(node, { type: "button", tabIndex: -1, layer, index: slot });
    if (side) {
      node.tile = element("canvas", "tile", node);
      node.tile.width = node.tile.height = side;
    }
    node.number = element("span", "value", node);
    node.number.setAttribute("aria-hidden", "true");
    return node;
  }

  // A unit that stays keeps its slot; new units take the slots of those that leave. Outputs keep their order.
  assignSlots() {
    this.slots = this.picture.layers.map(({ units }, layer) => {
      if (layer === this.picture.layers.length - 1) return units.map((_, place) => place);
      const places = new Map(units.map((unit, place) => [unit, place]));
      const shown = this.nodes[layer].map((node) => places.get(node.unit));
      const entering = units.map((_, place) => place).filter((place) => !shown.includes(place));
      return shown.map((place) => place ?? entering.shift());
    });
  }

  // The index, in the picture's arrays, of the unit in a slot.
  at(layer, slot) {
    return this.slots[layer][slot];
  }

  repaint() {
    if (!this.picture) return;
    const { picture } = this;
    this.shades ??= this.mixShades();
    this.paint(this.input, picture.image, this.shades.ink);
    write(this.input.parentElement.nextSibling, picture.input);
    write(this.nodes.at(-1)[0].parentElement.nextSibling, picture.others);
    const last = picture.layers.length - 1;
    const answer = picture.names[picture.answer];
    this.nodes.forEach((nodes, layer) => {
      const { units, activations, evidence } = picture.layers[layer];
      const strongest = Math.max(...activations.map(Math.abs)) || 1;
      nodes.forEach((node, slot) => {
        const place = this.at(layer, slot);
        const entered = node.unit !== units[place];
        node.unit = units[place];
        const pixels = node.tile && this.scenes.networks.map((network) => tiles.get(`${network} ${layer} ${node.unit}`)).find(Boolean);
        if (pixels && (node.pixels !== pixels || node.shades !== this.shades)) {
          this.paint(node.tile, pixels, this.shades.signed);
          Object.assign(node, { pixels, shades: this.shades });
        }
        if (layer < last) {
          const share = picture.blank ? 0 : Math.abs(activations[place]) / strongest;
          node.style.setProperty("--active", share.toFixed(2));
          label(node, this.describe(layer, node.unit, activations[place], evidence[place], answer));
          if (entered && !isCalm() && !picture.blank) node.tile.animate([{ opacity: 0 }, {}], 180);
        } else {
          const share = picture.shares[place];
          node.classList.toggle("first", place === picture.answer && share !== "");
          write(node.share, share);
          node.bar.style.setProperty("--share", picture.p[place]);
          label(node, share ? `${picture.names[place]}: ${share}` : picture.names[place]);
        }
      });
    });
    this.root.classList.toggle("blank", picture.blank);
    this.summarize(answer);
    this.isolate(this.isolated);
  }

  // The palette's colours as CSS for lines, and as pixels for each byte of a tile and of the input.
  mixShades() {
    const colour = (name) => getComputedStyle(this.probes[name]).color.match(/[\d.]+/g).slice(0, 3).map(Number);
    const [ink, paper, positive, negative] = ["ink", "paper", "positive", "negative"].map(colour);
    const mix = (from, to, share) => {
      const [red, green, blue] = from.map((each, channel) => Math.round(each + (to[channel] - each) * share));
      return (255 << 24) | (blue << 16) | (green << 8) | red; // RGBA on a little-endian machine
    };
    const css = (rgb) => `rgb(${rgb.join(", ")})`;
    return {
      for: css(positive),
      against: css(negative),
      ink: Uint32Array.from({ length: 256 }, (_, level) => mix(paper, ink, level / 255)),
      signed: Uint32Array.from({ length: 256 }, (_, level) => mix(paper, level < 127 ? negative : positive, Math.abs(level - 127) / 127)),
    };
  }

  paint(canvas, levels, shades) {
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let i = 0; i < levels.length; i++) pixels[i] = shades[levels[i]];
    context.putImageData(image, 0, 0);
  }

  describe(layer, unit, activation, evidence, answer) {
    const place = { unit: unit + 1, layer: layer + 1 };
    const name = this.picture.layers.length > 2 ? _("Unit {unit} of layer {layer}", place) : _("Unit {unit}", place);
    if (this.picture.blank) return name;
    if (activation === 0) return _("{unit} is silent", { unit: name });
    const said = { unit: name, answer, evidence: signed(evidence) };
    return evidence < 0 ? _("{unit} speaks against {answer}: {evidence}", said) : _("{unit} speaks for {answer}: {evidence}", said);
  }

  summarize(answer) {
    const { picture } = this;
    const lines = [];
    if (!picture.blank) {
      const share = picture.shares[picture.answer];
      if (share) lines.push(_("Most likely {answer}: {share}", { answer, share }));
      picture.layers.slice(0, -1).forEach(({ units, activations, evidence }, layer) => {
        const places = [...units.keys()].sort((one, other) => Math.abs(evidence[other]) - Math.abs(evidence[one]));
        for (const place of places.slice(0, 3))
          lines.push(this.describe(layer, units[place], activations[place], evidence[place], answer));
      });
    }
    const text = lines.join("\n");
    if (text === this.summary.text) return;
    this.summary.text = text;
    this.summary.replaceChildren(...lines.map((line) => element("li", "", null, line)));
  }

  place() {
    if (!this.nodes) return;
    this.lines.measure(this.root, this.stages, this.input, this.nodes);
    this.lines.draw(this);
  }

  isolate(target) {
    const node = target?.closest?.(".node") ?? null;
    this.isolated = node ?? (this.stages.contains(document.activeElement) ? document.activeElement.closest(".node:focus-visible") : null);
    if (!this.picture) return;
    const shown = this.picture.blank ? null : this.isolated;
    this.root.classList.toggle("isolating", Boolean(shown));
    const isMarked = Boolean(shown || this.scenes.scene);
    if (isMarked || this.isMarked) this.mark(shown);
    this.isMarked = isMarked;
    this.explain(shown);
    if (!this.scenes.frame) this.lines.draw(this);
  }

  // Print the numbers of a node's lines at their other ends, or the scene's number for each node.
  mark(shown) {
    const { layers } = this.picture;
    this.nodes?.forEach((nodes, layer) =>
      nodes.forEach((each, slot) => {
        const { number: value } = each;
        let number = null;
        if (shown?.layer === layer - 1) number = layers[layer].contributions[this.at(layer - 1, shown.index)][this.at(layer, slot)];
        if (shown?.layer === layer + 1) number = layers[layer + 1].contributions[this.at(layer, slot)][this.at(layer + 1, shown.index)];
        if (!shown) number = this.scenes.number(layer, this.at(layer, slot));
        const isTarget = !shown && this.scenes.isTarget(layer, this.at(layer, slot));
        each.classList.toggle("target", isTarget);
        value.textContent = isTarget && number === null ? _("true") : number === null ? "" : signed(number);
        value.className = `value ${number > 0 ? "positive" : number < 0 ? "negative" : ""} ${shown?.layer > layer ? "after" : "before"}`;
        each.classList.toggle("off", Boolean(shown) && each !== shown && number === null);
        each.classList.toggle("on", each === shown);
      }),
    );
  }

  // The sum behind the isolated node, or the meaning of the lines, as HTML.
  explain(node) {
    const told = node ? this.sum(node) : this.scenes.legend;
    if (this.caption.told !== told) this.caption.innerHTML = this.caption.told = told;
  }

  // The contributions of the units shown to a node, the rest, the bias, and the result.
  sum(node) {
    const { layers, functions, names, answer } = this.picture;
    const layer = layers[node.layer], before = layers[node.layer - 1];
    const place = this.at(node.layer, node.index);
    const isOutput = node.layer === layers.length - 1, areAllShown = before?.units.length === before?.total;
    const number = (name, value) => `<span data-number="${name}">${value}</span>`;
    const [sum, bias, activation] = [layer.sums[place], layer.biases[place], layer.activations[place]];
    const shown = layer.contributions.reduce((total, row) => total + row[place], 0);
    const values = {
      name: escaped(names[place]),
      unit: node.unit + 1,
      sum: number("sum", signed(sum)),
      shown: number("shown", signed(shown)),
      rest: number("rest", signed(sum - shown)),
      bias: number("bias", signed(bias)),
      logit: number("logit", signed(activation)),
      activation: number("activation", signed(activation).replace("+", "")),
      function: functions[node.layer],
      count: whole(before?.units.length ?? 0),
      others: whole(before ? before.total - before.units.length : 0),
    };
    if (isOutput && !before) return _("{name}: {sum} from the pixels, {bias} bias = logit {logit}", values);
    if (isOutput && areAllShown) return _("{name}: {shown} from its units, {bias} bias = logit {logit}", values);
    if (isOutput) return _("{name}: {shown} from these {count} units, {rest} from the other {others}, {bias} bias = logit {logit}", values);
    const evidence = { answer: escaped(names[answer]), evidence: signed(layer.evidence[place]) };
    const meaning = layer.evidence[place] < 0 ? _("Against {answer}: {evidence}", evidence) : _("For {answer}: {evidence}", evidence);
    const made = !before
      ? _("Unit {unit}: {sum} from the pixels, {bias} bias, {function} gives {activation}.", values)
      : areAllShown
        ? _("Unit {unit}: {shown} from its units, {bias} bias, {function} gives {activation}.", values)
        : _("Unit {unit}: {shown} from these {count} units, {rest} from the other {others}, {bias} bias, {function} gives {activation}.", values);
    return `${made} ${meaning}`;
  }

  onKey(event) {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const node = document.activeElement.closest(".node");
    if (!by || !node || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [across, along] = this.lines.isStacked ? [by[1], by[0]] : by;
    const layer = Math.max(0, Math.min(this.nodes.length - 1, node.layer + across));
    const nodes = this.nodes[layer];
    const slot = across ? Math.round((node.index * (nodes.length - 1)) / (this.nodes[node.layer].length - 1 || 1)) : node.index + along;
    const next = nodes[Math.max(0, Math.min(nodes.length - 1, slot))];
    this.setStop(next);
    next.focus();
  }

  setStop(node) {
    for (const each of this.nodes.flat()) each.tabIndex = each === node ? 0 : -1;
  }

  // The first tap isolates a node, because a touch screen has no hover; the second opens the unit.
  onClick(node) {
    if (!node) return;
    this.setStop(node);
    if (this.touched && this.tapped !== node) {
      this.tapped = node;
      return this.isolate(node);
    }
    this.choose({ layer: node.layer + 1, unit: node.unit });
    document.getElementById("inspector")?.scrollIntoView({ behavior: isCalm() ? "auto" : "smooth", block: "start" });
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const picture = (parentElement.networkPicture ??= new NetworkPicture(parentElement));
  picture.choose = (unit) => report(setTriggerValue, "chosen", unit);
  globalThis.digitLabNetwork.show = (message) => picture.update(read(message));
  picture.update(read(data));
  return listen(picture.scenes);
}
