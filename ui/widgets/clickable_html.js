// HTML whose buttons report their clicks: data-value is what a button reports, data-show the id of the element that it
// scrolls to.
export default function ({ parentElement, data, setTriggerValue }) {
  const focused = document.activeElement?.dataset.value;
  const hadFocus = parentElement.contains(document.activeElement);
  if (parentElement.shown !== data.html) {
    parentElement.innerHTML = parentElement.shown = data.html;
    // Someone using the keyboard goes on from the same button.
    if (hadFocus) parentElement.querySelector(`[data-value="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  parentElement.onclick = ({ target }) => {
    const button = target.closest("[data-value]");
    if (button === null) return;
    setTriggerValue("clicked", button.dataset.value);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const shown = button.dataset.show && document.getElementById(button.dataset.show);
    if (shown) shown.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  };
}
