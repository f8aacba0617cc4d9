// Says Streamlit's own words in the language of the page.
import { _ } from "../widgets/words.js";

const LABELLED = "[aria-label^='Help for '], [aria-label^='Remove '], [aria-label='Clear all'], [aria-label='file upload']";
const WRITTEN = "[data-testid=stSkipToContent], :is([data-testid=stFileUploader], [data-testid=InputInstructions], [data-testid=stSelectboxVirtualDropdown]) :is(p, span, li, div)";

const said = (text) => {
  const named = /^(Help for|Remove) (.+)$/.exec(text), size = /^(\d+)MB per file$/.exec(text);
  if (named) return named[1] === "Remove" ? _("Remove {name}", { name: named[2] }) : _("Help for {name}", { name: named[2] });
  if (size) return _("{size} MB per file", { size: size[1] });
  switch (text) {
    case "Upload": return _("Upload");
    case "file upload": return _("Upload");
    case "Skip to main content": return _("Skip to main content");
    case "Press Enter to apply": return _("Press Enter to apply");
    case "No results": return _("No results");
    case "Clear all": return _("Clear all");
    default: return text;
  }
};

function speak() {
  for (const each of document.querySelectorAll(LABELLED)) each.ariaLabel = said(each.ariaLabel);
  for (const { childNodes } of document.querySelectorAll(WRITTEN)) {
    if (childNodes.length !== 1 || childNodes[0].nodeType !== Node.TEXT_NODE) continue;
    const text = said(childNodes[0].data);
    if (text !== childNodes[0].data) childNodes[0].data = text;
  }
}

export default function () {
  let frame = 0;
  const later = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(speak);
  };
  later();
  const observer = new MutationObserver(later);
  observer.observe(document.body, { attributeFilter: ["aria-label"], characterData: true, childList: true, subtree: true });
  return () => observer.disconnect();
}
