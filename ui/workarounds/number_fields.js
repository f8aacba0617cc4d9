// Decimal fields show numbers as the page's language writes them, and take a comma as well as a point. A decimal typed
// into a field of whole numbers gets a note that says what it became.
import { _, localized } from "../widgets/words.js";

const BOX = "[data-testid=stNumberInput]";
const WHOLE = `${BOX} input[step="1"]`, DECIMAL = `${BOX} input[type=number]:not([step="1"])`;

const { get: shown, set: show } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");

// Streamlit still reads and sets the value of the field as written in English.
function speak(field) {
  const { set: note } = Object.getOwnPropertyDescriptor(field, "value"); // React's, which later detects what was typed
  const write = (text) => show.call(field, localized(text));
  const plain = () => shown.call(field).replace(",", ".");
  field.type = "text";
  field.inputMode = "decimal";
  Object.defineProperty(field, "value", {
    get: plain,
    set: (text) => {
      note.call(field, text);
      write(text);
    },
  });
  write(plain());
  field.addEventListener("change", () => write(plain()));
  field.addEventListener("beforeinput", (event) => {
    if (/[^\d.,e+\-\s]/i.test(event.data ?? "")) event.preventDefault();
  });
}

function said(field) {
  const used = parseInt(field.value, 10); // as Streamlit reads it
  if (Number.isNaN(used) || used === Number(field.value)) return "";
  return _("Whole numbers only: {typed} became {used}.", { typed: localized(field.value), used });
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
    if (!(target instanceof Element) || !target.matches(WHOLE)) return;
    const sentence = said(target);
    if (sentence) parentElement.status.textContent = target.closest(BOX).dataset.rounded = sentence;
  };
  const events = ["pointerdown", "keydown", "focusout"];
  events.forEach((each) => window.addEventListener(each, check, { capture: true })); // before Streamlit handles it
  const observer = new MutationObserver(() => document.querySelectorAll(DECIMAL).forEach(speak));
  document.querySelectorAll(DECIMAL).forEach(speak);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    observer.disconnect();
    events.forEach((each) => window.removeEventListener(each, check, { capture: true }));
  };
}
