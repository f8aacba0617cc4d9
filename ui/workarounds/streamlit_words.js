// Says Streamlit's own words in the language of the page.
import { _ } from "../widgets/words.js";

const WRITTEN = "[data-testid=stSkipToContent], :is([data-testid=stFileUploader], [data-testid=InputInstructions], [data-testid=stSelectboxVirtualDropdown]) :is(p, span, li, div)";

const WORDS = [
  [/^(?:Upload|file upload)$/, () => _("Upload")],
  [/^(\d+)MB per file$/, (size) => _("{size} MB per file", { size })],
  [/^Press Enter to apply$/, () => _("Press Enter to apply")],
  [/^No results$/, () => _("No results")],
  [/^Clear all$/, () => _("Clear all")],
  [/^Remove (.+)$/, (name) => _("Remove {name}", { name })],
  [/^Help for (.+)$/, (name) => _("Help for {name}", { name })],
  [/^Skip to main content$/, () => _("Skip to main content")],
];

function said(text) {
  for (const [form, translated] of WORDS) {
    const found = form.exec(text);
    if (found) return translated(found[1]);
  }
  return text;
}

function speak() {
  for (const each of document.querySelectorAll("[aria-label]")) {
    const text = said(each.ariaLabel);
    if (text !== each.ariaLabel) each.ariaLabel = text;
  }
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
