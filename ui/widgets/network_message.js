// The messages of network_picture.py, and a cache of the tiles of weights that they bring.

const KEPT_TILES = 600;

// Tiles by "network layer unit", for all pictures on the page: a report to Python says which need not be sent again.
export const tiles = new Map();
let latest = "";
globalThis.digitLabNetwork = {
  show: null, // the function with which the picture on the page draws a message
  known() {
    const units = [];
    for (const key of tiles.keys()) {
      const [network, layer, unit] = key.split(" ");
      if (network === latest) (units[Number(layer)] ??= []).push(Number(unit));
    }
    return { network: latest, units: Array.from(units, (each) => each ?? []) };
  },
};

// Read a message: a header, then arrays in the order in which picture_message writes them. Another message may follow,
// for the network after the step that the page plays.
export function read(bytes) {
  const message = bytes.slice(); // aligned, unlike the protocol's bytes
  const length = new DataView(message.buffer).getUint32(0, true);
  const picture = JSON.parse(new TextDecoder().decode(message.subarray(4, 4 + length)));
  let at = 4 + length;
  const floats = (size) => {
    const found = new Float32Array(message.buffer, at, size);
    at += 4 * size;
    return found;
  };
  const pixels = (size) => message.subarray(at, (at += size));
  picture.p = floats(picture.names.length);
  picture.layers.forEach((layer, place) => {
    const k = layer.units.length;
    for (const name of ["activations", "sums", "biases", "evidence"]) layer[name] = floats(k);
    const before = place ? picture.layers[place - 1].units.length : 0;
    const flat = floats(before * k);
    layer.contributions = Array.from({ length: before }, (_, row) => flat.subarray(row * k, (row + 1) * k));
  });
  if (picture.changed) for (const layer of picture.layers) layer.changes = floats(layer.units.length);
  if (picture.label !== undefined) for (const layer of picture.layers) layer.errors = floats(layer.units.length);
  picture.image = pixels(784);
  picture.tiles.forEach((places, layer) => {
    const size = picture.sides[layer] ** 2;
    for (const place of places) {
      const key = `${picture.network} ${layer} ${picture.layers[layer].units[place]}`;
      tiles.delete(key);
      tiles.set(key, pixels(size));
    }
  });
  if (at < message.length) picture.after = read(message.subarray(at));
  for (const key of tiles.keys()) {
    if (tiles.size <= KEPT_TILES) break;
    tiles.delete(key);
  }
  latest = picture.network;
  return picture;
}
