// The lines of the network picture, on a canvas, because they change often and SVG would take three times as long.

const THICKEST = 7; // px, if there is room
const GAP = 6; // px between a line and the name at its end

// Whether a line into a layer touches the isolated node; undefined when none is isolated.
const isOnPath = (node, layer, source, slot) =>
  node ? (node.layer === layer && node.index === slot) || (node.layer === layer - 1 && node.index === source) : undefined;

// The picture at rest: everything has flowed forward.
export const WHOLE = { flow: "forward", progress: 1 };

export class Lines {
  constructor(canvas) {
    this.canvas = canvas;
    canvas.setAttribute("aria-hidden", "true");
  }

  // The ends of lines, measured when the size changes, not at each update.
  measure(root, stages, input, nodes) {
    const zoom = root.currentCSSZoom ?? 1; // when the page is printed
    const rectangle = (element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      return { left: left / zoom, top: top / zoom, width: width / zoom, height: height / zoom };
    };
    const origin = rectangle(root), { height } = rectangle(stages);
    const box = (node) => {
      const { tile } = node;
      const { left, top, width: w, height: h } = rectangle(tile ?? node);
      return { x: left - origin.left, y: top - origin.top, w, h, gap: node === input || tile ? 0 : GAP };
    };
    this.boxes = [[box(input)], ...nodes.map((nodes) => nodes.map(box))];
    const [[first], [next]] = this.boxes;
    this.isStacked = next.y > first.y + first.h;
    const isPrinting = document.documentElement.classList.contains("printing"); // at the resolution of paper
    const ratio = isPrinting ? 4 : devicePixelRatio || 1;
    this.canvas.width = Math.round(origin.width * ratio);
    this.canvas.height = Math.round((stages.offsetTop + height) * ratio);
    this.canvas.style.width = `${origin.width}px`;
    this.canvas.style.height = `${stages.offsetTop + height}px`;
    this.ratio = ratio;
  }

  // The lines into each layer: [from slot, to slot, value]. The input has one line to each unit. The value is what flows
  // forward (contributions) or backward (errors), or the change of the weight in an update, up to a common factor.
  edges({ picture, slots: all }, layer, flow) {
    const { sums, contributions, errors } = picture.layers[layer];
    if (errors === undefined) flow = "forward"; // training may have sped up since
    const slots = all[layer];
    if (layer === 0) return slots.map((place, slot) => [0, slot, { forward: sums, backward: errors, update: errors }[flow][place] * (flow === "update" ? -1 : 1)]);
    const before = all[layer - 1];
    const { activations, errors: passed } = picture.layers[layer - 1];
    const value = {
      forward: (from, to) => contributions[from][to],
      // The error flows back through the same weights, which are contribution / activation.
      backward: (from, to) => (activations[from] && passed[from] ? (errors[to] * contributions[from][to]) / activations[from] : 0),
      update: (from, to) => -errors[to] * activations[from],
    }[flow];
    return before.flatMap((from, source) => slots.map((to, slot) => [source, slot, value(from, to)]));
  }

  // Draw the lines of `shown`, a NetworkPicture: those that the flow's front has reached, or all of an isolated node.
  draw(shown) {
    const { picture, shades, isolated, scenes } = shown;
    const { flow, progress } = isolated ? WHOLE : scenes.view;
    const isBackward = flow === "backward";
    if (!this.boxes?.[0][0].w) return;
    const context = this.canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    const width = this.canvas.width / this.ratio;
    const height = this.canvas.height / this.ratio;
    context.clearRect(0, 0, width, height);
    if (picture.blank) return;
    context.save();
    if (progress < 1) {
      const [[input]] = this.boxes;
      const last = this.boxes.at(-1)[0];
      const [from, to] = this.isStacked ? [input.y + input.h, last.y] : [input.x + input.w, last.x];
      const front = isBackward ? to - (to - from) * progress : from + (to - from) * progress;
      context.beginPath();
      const [start, end] = isBackward ? [front, Math.max(width, height)] : [0, front];
      if (this.isStacked) context.rect(0, start, width, end - start);
      else context.rect(start, 0, end - start, height);
      context.clip();
    }
    context.lineCap = "butt";
    picture.layers.forEach((_, layer) => {
      const edges = this.edges(shown, layer, flow).filter(([, , value]) => value);
      const largest = Math.max(...edges.map(([, , value]) => Math.abs(value)), 1e-9);
      const [[from], [to]] = [this.boxes[layer], this.boxes[layer + 1]];
      const room = this.isStacked ? to.y - from.y - from.h : to.x - from.x - from.w;
      const thickest = Math.min(THICKEST, Math.max(3, room / 12));
      edges.sort((one, other) => Math.abs(one[2]) - Math.abs(other[2]));
      for (const [source, slot, value] of edges) {
        const share = Math.abs(value) / largest;
        const isOn = isOnPath(isolated, layer, source, slot);
        if (share < 0.015 && isOn !== true) continue;
        context.globalAlpha = isOn === false ? 0.05 : isOn ? 0.9 : 0.16 + 0.64 * share;
        context.lineWidth = Math.max(0.6, thickest * share);
        context.strokeStyle = value > 0 ? shades.for : shades.against;
        this.curve(context, this.boxes[layer][source], this.boxes[layer + 1][slot]);
      }
    });
    context.restore();
  }

  curve(context, from, to) {
    context.beginPath();
    if (this.isStacked) {
      const [x1, y1, x2, y2] = [from.x + from.w / 2, from.y + from.h, to.x + to.w / 2, to.y - to.gap];
      context.moveTo(x1, y1);
      context.bezierCurveTo(x1, (y1 + y2) / 2, x2, (y1 + y2) / 2, x2, y2);
    } else {
      const [x1, y1, x2, y2] = [from.x + from.w, from.y + from.h / 2, to.x - to.gap, to.y + to.h / 2];
      context.moveTo(x1, y1);
      context.bezierCurveTo((x1 + x2) / 2, y1, (x1 + x2) / 2, y2, x2, y2);
    }
    context.stroke();
  }
}
