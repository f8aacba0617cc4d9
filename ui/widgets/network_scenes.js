// What moves in the network picture: flowing ink, a step followed in slow motion, and the scenes of a step that the
// page plays. A scene says what flows through the lines, and how far the front of the flow moves: 0 is the start of the
// flow, 1 its end, "hidden" the last hidden layer.

import { escaped } from "../widgets/elements.js";
import { _ } from "../widgets/words.js";
import { WHOLE } from "./network_lines.js";

const PASS = 480; // ms

// Legends are HTML, in which a class may have any name.
const CONTRIBUTIONS = _('Lines: <span class="positive">for</span> and <span class="negative">against</span>, as thick as weight × activation.');
const ERRORS = (label) => _("Backward: dZ, how fast the loss for {label} grows with each unit.", { label: escaped(label) });

const SCENES = {
  pass: { flow: "forward", from: 0, legend: () => _("Forward: activations flow to the outputs.") },
  forward: { flow: "forward", from: 0, to: "hidden" },
  output: { flow: "forward", from: "hidden" },
  loss: { flow: "forward", hasTarget: true },
  errors: { flow: "backward", to: 0, hasErrors: true, hasTarget: true, legend: ERRORS },
  backward: { flow: "backward", from: 0, hasErrors: true, hasTarget: true, legend: ERRORS },
  update: {
    flow: "update",
    legend: () => _('Lines: weights that <span class="positive">grow</span> and <span class="negative">shrink</span> in this step, as thick as they change.'),
  },
  after: { flow: "forward", from: 0, hasTarget: true },
};

export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export class Scenes {
  constructor(shown) {
    this.shown = shown;
    this.view = WHOLE;
    this.scene = null;
    this.onScene = ({ detail }) => this.enter(detail);
  }

  get isAfter() {
    return this.scene === "after";
  }

  // The networks whose tiles may be shown; the first that has a tile wins. An update shows new weights in old places.
  get networks() {
    const { message, picture } = this.shown;
    return this.scene === "update" && message.after ? [message.after.network, picture.network] : [picture.network];
  }

  get legend() {
    const { picture } = this.shown;
    return SCENES[this.scene]?.legend?.(picture.names[picture.label]) ?? CONTRIBUTIONS;
  }

  // The number that a scene shows for the unit at an index of the picture's arrays; null if none.
  number(layer, place) {
    const { picture } = this.shown;
    const isReached = this.scene === "backward" || layer === picture.layers.length - 1;
    return (SCENES[this.scene]?.hasErrors && isReached && picture.layers[layer].errors?.[place]) || null;
  }

  isTarget(layer, place) {
    const { message, picture } = this.shown;
    const label = message.names[message.label];
    return Boolean(message.after && SCENES[this.scene]?.hasTarget) && layer === picture.layers.length - 1 && picture.names[place] === label;
  }

  // Enter a scene, or null: the picture at rest.
  async enter(name) {
    this.scene = name;
    const { flow = "forward", from = 1, to = 1 } = SCENES[name] ?? {};
    const hidden = 1 - 1 / (this.shown.stages.children.length - 1);
    const [start, end] = [from, to].map((each) => (each === "hidden" ? hidden : each));
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    this.set({ flow, progress: start < end ? start : end });
    this.shown.show();
    if (name === "update") this.flash();
    await this.flow(flow, start, end);
  }

  set(view) {
    this.view = view;
    const stages = [...this.shown.stages.children];
    stages.forEach((stage, place) => {
      const share = view.flow === "backward" ? 1 - place / (stages.length - 1) : place / (stages.length - 1);
      stage.classList.toggle("waiting", view.progress < share - 1e-6);
    });
    this.shown.lines.draw(this.shown);
  }

  // Reveal the lines in the direction of the flow, and each stage as the front reaches it.
  flow(flow, from, to) {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    if (isCalm() || from >= to) return this.set({ flow, progress: to });
    return new Promise((done) => {
      let start;
      const step = (now) => {
        start ??= now;
        const share = Math.min(1, (now - start) / PASS);
        this.frame = share < 1 ? requestAnimationFrame(step) : undefined;
        this.set({ flow, progress: from + (to - from) * share });
        if (share === 1) done();
      };
      this.frame = requestAnimationFrame(step);
    });
  }

  // Slow motion: what the step's forward and backward pass do to the image shown.
  async follow() {
    if (this.scene) return;
    await this.enter("pass");
    await this.enter("backward");
    await new Promise((done) => setTimeout(done, isCalm() ? 900 : 240));
    this.enter(null);
  }

  // The units whose weights the last steps changed most.
  flash() {
    if (isCalm()) return;
    const { nodes, picture } = this.shown;
    const moved = picture.layers.slice(0, nodes.length > 1 ? -1 : undefined).flatMap(({ changes }, layer) =>
      nodes[layer].map((node, slot) => [changes[this.shown.at(layer, slot)], node]),
    );
    const most = moved.filter(([change]) => change > 0).sort((one, other) => other[0] - one[0]).slice(0, 3);
    for (const [, node] of most) {
      node.tile.animate([{ boxShadow: "0 0 0 3px var(--accent)" }, { boxShadow: "0 0 0 3px transparent" }], { duration: 450, easing: "ease-out" });
    }
  }
}

// Follow the scenes that step_player.js plays; returns a function that stops following.
export function listen({ onScene, shown }) {
  document.removeEventListener("digit-lab-scene", onScene);
  if (shown.message.after) document.addEventListener("digit-lab-scene", onScene);
  return () => document.removeEventListener("digit-lab-scene", onScene);
}
