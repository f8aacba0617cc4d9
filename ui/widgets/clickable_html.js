// HTML whose buttons report clicks: data-value is the value reported, data-show the id of an element to scroll into
// view.
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
    setTimeout(setTriggerValue, 0, "clicked", button.dataset.value); // apart from what a field reports as it loses the focus
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const shown = button.dataset.show && document.getElementById(button.dataset.show);
    if (shown) shown.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  };
}
