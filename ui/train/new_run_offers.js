// Scrolls the settings column, never the page, so that a newly offered new run at one of the settings is in view.

const GAP = 8; // px
let offered = [];

export default function ({ data, parentElement }) {
  const column = parentElement.closest(".st-key-settings")?.parentElement;
  if (!column) return; // the page was left, or is being replaced, while this script was loading
  const added = data.offered.filter((name) => !offered.includes(name));
  offered = data.offered;
  requestAnimationFrame(() => {
    for (const name of added) {
      const offer = column.querySelector(`.st-key-new_run_${name}`)?.getBoundingClientRect();
      const hidden = offer && offer.bottom + GAP - Math.min(innerHeight, column.getBoundingClientRect().bottom);
      const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
      if (hidden > 0) column.scrollBy({ top: hidden, behavior });
    }
  });
}
