// HTML whose buttons report clicks: data-value is the value to report, data-show the id of an element to scroll into
// view.

import { report } from "../workarounds/separate_reports.js";

export default function ({ parentElement, data, setTriggerValue }) {
  const focused = document.activeElement?.dataset.value;
  const hadFocus = parentElement.contains(document.activeElement);
  if (parentElement.shown !== data.html) {
    parentElement.innerHTML = parentElement.shown = data.html;
    // Restore keyboard focus to the same button.
    if (hadFocus) parentElement.querySelector(`[data-value="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  parentElement.onclick = ({ target }) => {
    const button = target.closest("[data-value]");
    if (button === null) return;
    report(setTriggerValue, "clicked", button.dataset.value);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const shown = button.dataset.show && document.getElementById(button.dataset.show);
    if (shown) shown.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  };
}
