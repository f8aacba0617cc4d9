// Finds elements in the canvas's shadow root, and tells whether there is ink on the paper.
const probe = new OffscreenCanvas(40, 40).getContext("2d", { willReadFrequently: true });

export const find = (selector) =>
  [...document.querySelectorAll('[class*="st-key-canvas"] *')].map((host) => host.shadowRoot?.querySelector(selector)).find(Boolean);

export const isBlank = () => {
  probe.clearRect(0, 0, 40, 40);
  probe.drawImage(find(".canvas-container .lower-canvas"), 0, 0, 40, 40);
  return !probe.getImageData(0, 0, 40, 40).data.some((value) => value);
};
