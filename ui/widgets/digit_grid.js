// Digits as buttons. A redraw keeps each digit's button, so that neither focus nor a pending click is lost.

import { element, write } from "../widgets/elements.js";
import { report } from "../workarounds/separate_reports.js";

const lists = new WeakMap();

function cell(place, choose) {
  const item = document.createElement("li");
  const button = element("button", "", item);
  button.type = "button";
  button.dataset.place = place;
  button.addEventListener("click", () => choose(button));
  element("i", "", button);
  const caption = element("span", "", button);
  element("b", "", caption);
  element("small", "is", caption);
  element("small", "sure", button);
  return item;
}

export default function ({ parentElement, data, setTriggerValue }) {
  if (!lists.has(parentElement)) lists.set(parentElement, element("ul", "gallery", parentElement));
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
    write(button.querySelector("b"), digit.read);
    write(button.querySelector(".is"), digit.note);
    write(button.querySelector(".sure"), digit.sure);
  });
}
