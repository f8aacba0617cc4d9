// Drawings in rows, one per class. A redraw keeps existing elements, so that neither the focus nor a click is lost.
import { element } from "../widgets/elements.js";
import { report } from "../workarounds/separate_reports.js";

const MANY = 20; // drawings of one class, from which they are shown smaller

const lists = new WeakMap();

const button = (parent, className, press) => {
  const made = element("button", className, parent);
  made.type = "button";
  made.addEventListener("click", () => press(made));
  return made;
};

const trim = (parent, count, make) => {
  while (parent.children.length > count) parent.lastChild.remove();
  while (parent.children.length < count) make();
};

export default function ({ parentElement, data, setTriggerValue }) {
  if (!lists.has(parentElement)) lists.set(parentElement, element("ul", "collected", parentElement));
  const list = lists.get(parentElement);
  // Send the resulting state, not the click: a fragment rerun may deliver it twice.
  const send = (name, value) => report(setTriggerValue, name, value);
  const isUnchosen = (pressed) => pressed.getAttribute("aria-pressed") !== "true";
  list.classList.toggle("small", data.rows.some(({ places, missing }) => places.length + missing > MANY));
  trim(list, data.rows.length, () => {
    const row = element("li", "", list);
    button(row, "name", (name) => send("asked", isUnchosen(name) ? Number(name.dataset.row) : -1));
    element("div", "tiles", row);
    element("span", "said", row);
  });
  data.rows.forEach((row, index) => {
    const [name, tiles, said] = list.children[index].children;
    list.children[index].classList.toggle("asked", row.is_asked);
    Object.assign(name, { textContent: row.name, title: data.asks ? row.ask : row.name, disabled: !data.asks });
    name.dataset.row = index;
    name.setAttribute("aria-pressed", row.stays);
    said.textContent = row.said;
    tiles.style.setProperty("--sheet", `url(${row.sheet})`);
    tiles.style.setProperty("--drawings", Math.max(row.places.length, 1));
    for (const empty of tiles.querySelectorAll("i")) empty.remove();
    trim(tiles, row.places.length, () => {
      button(tiles, list.shown ? "new" : "", (tile) => {
        const struck = isUnchosen(tile);
        tile.setAttribute("aria-pressed", struck); // before the server responds
        send("struck", [Number(tile.dataset.place), struck]);
      });
    });
    row.places.forEach((place, at) => {
      const tile = tiles.children[at];
      tile.dataset.place = place;
      tile.style.setProperty("--at", `${(100 * at) / Math.max(row.places.length - 1, 1)}%`);
      tile.setAttribute("aria-label", row.strike.replace("{}", at + 1));
      tile.setAttribute("aria-pressed", row.struck.includes(place));
    });
    for (let missing = 0; missing < row.missing; missing++) element("i", "", tiles);
  });
  list.shown = true;
}
