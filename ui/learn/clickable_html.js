// HTML whose buttons can be picked: a button with data-pick tells Python what it stands for, and one with data-show
// brings the element of that id into sight.
export default function ({ parentElement, data, setTriggerValue }) {
  const held = document.activeElement?.dataset.pick;
  const wasWithin = parentElement.contains(document.activeElement);
  if (parentElement.shown !== data.html) {
    parentElement.innerHTML = parentElement.shown = data.html;
    // Who picks with the keyboard goes on from where they were.
    if (wasWithin) parentElement.querySelector(`[data-pick="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  }
  parentElement.onclick = ({ target }) => {
    const button = target.closest("[data-pick]");
    if (button === null) return;
    setTriggerValue("picked", button.dataset.pick);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const wanted = button.dataset.show && document.getElementById(button.dataset.show);
    if (wanted) wanted.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  };
}
