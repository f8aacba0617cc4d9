const LETTER = 950; // px: the height of Letter between margins of 12 mm, and a little less than A4

// The button that prints a run, and the sheet printed in place of the page; it is in the document only while printing.
export default function ({ parentElement, data }) {
  if (parentElement.shown !== data.html) parentElement.innerHTML = parentElement.shown = data.html;
  parentElement.querySelector("button").onclick = () => print();
  const sheet = document.createElement("div"); // its pictures load before the sheet is shown
  sheet.id = "run_sheet";
  sheet.innerHTML = data.sheet;
  const put = () => {
    if (!data.sheet) return;
    document.body.append(sheet);
    sheet.style.zoom = Math.min(1, LETTER / sheet.offsetHeight);
  };
  const remove = () => sheet.remove();
  const forget = () => {
    window.removeEventListener("beforeprint", put);
    window.removeEventListener("afterprint", remove);
    remove();
  };
  parentElement.forget?.();
  parentElement.forget = forget;
  window.addEventListener("beforeprint", put);
  window.addEventListener("afterprint", remove);
  return forget;
}
