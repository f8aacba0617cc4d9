// Streamlit drops what follows the whole part of a number typed into a field of whole numbers: 12.5 becomes 12. Says so.
import { _ } from "../widgets/words.js";

const BOX = "[data-testid=stNumberInput]";

function said(field) {
  const used = parseInt(field.value, 10); // as Streamlit reads it
  if (Number.isNaN(used) || used === Number(field.value)) return "";
  return _("Whole numbers only: {typed} became {used}.", { typed: field.value, used });
}

export default function ({ parentElement }) {
  if (!parentElement.status) {
    parentElement.innerHTML = "<p role='status' class='unseen'></p>";
    parentElement.status = parentElement.firstChild;
  }
  const forget = () => document.querySelectorAll("[data-rounded]").forEach((box) => delete box.dataset.rounded);
  const check = ({ type, key, target }) => {
    if (type !== "focusout") forget();
    if (type === "pointerdown" || (type === "keydown" && key !== "Enter")) return;
    if (!(target instanceof Element) || !target.matches(`${BOX} input[step="1"]`)) return;
    const sentence = said(target);
    if (sentence) parentElement.status.textContent = target.closest(BOX).dataset.rounded = sentence;
  };
  const events = ["pointerdown", "keydown", "focusout"];
  events.forEach((each) => window.addEventListener(each, check, { capture: true })); // before Streamlit hears of it
  return () => events.forEach((each) => window.removeEventListener(each, check, { capture: true }));
}
