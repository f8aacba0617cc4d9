// The menu: links that change the page without a reload.
export default function ({ parentElement, data, setTriggerValue }) {
  if (parentElement.shown !== data.html) {
    const focused = parentElement.contains(document.activeElement) && document.activeElement.dataset.page;
    parentElement.innerHTML = parentElement.shown = data.html;
    if (focused) parentElement.querySelector(`li [data-page="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  parentElement.onclick = (event) => {
    const link = event.target.closest("[data-page]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.getAttribute("aria-current") !== "page") setTriggerValue("page", link.dataset.page);
  };
}
