// The menu: links that change the page without a reload.
export default function ({ parentElement, data }) {
  if (parentElement.shown !== data.html) {
    const focused = parentElement.contains(document.activeElement) && document.activeElement.dataset.page;
    parentElement.innerHTML = parentElement.shown = data.html;
    if (focused) parentElement.querySelector(`li [data-page="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  document.querySelector(".stMain").tabIndex = -1; // Streamlit makes it a tab stop of its own, before its content
  parentElement.onclick = (event) => {
    const link = event.target.closest("[data-page]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const pages = [...parentElement.querySelectorAll("li [data-page]")].map(({ dataset }) => dataset.page);
    const streamlits = document.querySelectorAll(".st-key-menu_links a")[pages.indexOf(link.dataset.page)];
    if (!streamlits) return; // Streamlit's link has not been drawn yet: follow ours, which reloads
    event.preventDefault();
    if (link.getAttribute("aria-current") !== "page") streamlits.click();
  };
}
