// Digits as buttons. A redraw keeps each digit's button, so that neither the focus nor a pending click is lost.
import { report } from "../workarounds/separate_reports.js";
const lists = new WeakMap();

const element = (parent, name, className) => {
  const made = parent.appendChild(document.createElement(name));
  if (className) made.className = className;
  return made;
};

const set = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

function cell(place, choose) {
  const item = document.createElement("li");
  const button = element(item, "button");
  button.type = "button";
  button.dataset.place = place;
  button.addEventListener("click", () => choose(button));
  element(button, "i");
  const caption = element(button, "span");
  element(caption, "b");
  element(caption, "small", "is");
  element(button, "small", "sure");
  return item;
}

export default function ({ parentElement, data, setTriggerValue }) {
  if (!lists.has(parentElement)) lists.set(parentElement, element(parentElement, "ul", "gallery"));
  const list = lists.get(parentElement);
  const choose = (chosen) => {
    const pressed = chosen.getAttribute("aria-pressed") !== "true";
    for (const button of list.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(pressed && button === chosen)); // before the server responds
    }
    // Send the resulting selection, not the click: a fragment rerun may deliver it twice.
    report(setTriggerValue, "digit", pressed ? Number(chosen.dataset.place) : "none");
  };
  const kept = new Map([...list.children].map((item) => [item.firstChild.dataset.place, item]));
  const places = new Set(data.digits.map((digit) => String(digit.place)));
  for (const [place, item] of kept) if (!places.has(place)) item.remove();
  list.style.setProperty("--sheet", `url(${data.sheet})`);
  list.style.setProperty("--digits", Math.max(data.digits.length, 1));
  data.digits.forEach((digit, index) => {
    const item = kept.get(String(digit.place)) ?? cell(digit.place, choose);
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
    item.className = digit.note ? "wrong" : "right";
    const button = item.firstChild;
    button.setAttribute("aria-label", digit.name);
    button.setAttribute("aria-pressed", String(digit.place === data.chosen));
    button.style.setProperty("--place", `${(100 * index) / Math.max(data.digits.length - 1, 1)}%`);
    set(button.querySelector("b"), digit.read);
    set(button.querySelector(".is"), digit.note);
    set(button.querySelector(".sure"), digit.sure);
  });
}
