// Translates Streamlit's own words into the language of the page.
import { _, localized, ngettext } from "../widgets/words.js";

const WRITTEN = ["stSkipToContent", "stFileUploader", "InputInstructions", "stNumberInputContainer", "stSelectboxVirtualDropdown", "stMultiSelectDropdown", "stTooltipErrorContent", "stDialog"]
  .map((name) => `[data-testid=${name}]`).concat("[data-live-announcer]").join();
const ATTRIBUTES = ["aria-label", "aria-roledescription", "placeholder", "title"];

const WORDS = [
  [/^(?:Upload|file upload)$/, () => _("Upload")],
  [/^Add files$/, () => _("Add files")],
  [/^Drag and drop a file here$/, () => _("Drop the file here")],
  [/^Drag and drop files here$/, () => _("Drop the files here")],
  [/^(\d+)MB per file$/, (size) => _("{size} MB per file", { size })],
  [/^([\d.]+)([KMG]?B)$/, (size, unit) => localized(`${size}\u00a0${unit}`)],
  [/^File must be ([\d.]+)MB or smaller\.$/, (size) => _("The file must have at most {size} MB.", { size: localized(size) })],
  [/ files are not allowed\.$/, () => _("Files of this kind are not read here.")],
  [/^Only one file is allowed\.$/, () => _("One file at a time, please.")],
  [/^(?:Error)?: Number is outside the allowed range\. Please enter a value between (\S+) and (\S+)\.$/, (least, most) => _("Choose a number from {least} to {most}.", { least: localized(least), most: localized(most) })],
  [/^(?:Error)?: Number is below the allowed range\. Please enter a value greater than or equal to (\S+)\.$/, (least) => _("Choose a number from {least} on.", { least: localized(least) })],
  [/^(?:Error)?: Number is (?:above|below) the allowed range\.$/, () => _("This number is out of range.")],
  [/^Error$/, () => ""], // in a tooltip, before one of these sentences
  [/^\w*Error: |^Unexpected error\. Please try again\.$/, () => _("The file did not arrive. Try again.")],
  [/^Connection lost\. Please wait for the app to reconnect, then try again\.$/, () => _("The file did not arrive. Try again.")],
  [/^Pagination$/, () => _("Pages")],
  [/^Page (\d+)$/, (page) => _("Page {page}", { page })],
  [/^Previous page$/, () => _("Previous page")],
  [/^Next page$/, () => _("Next page")],
  [/^Press Enter to apply$/, () => _("Press Enter to apply")],
  [/^Press Enter to submit form$/, () => _("Press Enter to send")],
  [/^Press (?:Ctrl|⌘)\+Enter to apply$/, () => _("Press Ctrl+Enter to apply")],
  [/^Increment$/, () => _("Increase")],
  [/^Decrement$/, () => _("Decrease")],
  [/^Clear (?:value|entry)$/, () => _("Clear")],
  [/^Open$/, () => _("Show options")],
  [/^Choose an option$/, () => _("Choose an option")],
  [/^No results$/, () => _("No results")],
  [/^(\d+) options? available\.$/, (count) => ngettext("{count} option available.", "{count} options available.", Number(count), { count })],
  [/^(.+), selected$/, (option) => _("{option}, chosen", { option })],
  [/^Add: (.+)$/, (value) => _("Add {value}", { value })],
  [/^Selected values$/, () => _("Chosen")],
  [/^Select all$/, () => _("Choose all")],
  [/^Select (\d+) matches$/, (count) => ngettext("Choose {count} match", "Choose {count} matches", Number(count), { count })],
  [/^You can only select up to (\d+) options?\. Remove an option first\.$/, (most) => _("At most {most} can be chosen. Remove one first.", { most })],
  [/^Clear all$/, () => _("Clear all")],
  [/^Remove (.+)$/, (name) => _("Remove {name}", { name })],
  [/^Help for (.+)$/, (name) => _("Help for {name}", { name })],
  [/^Copy to clipboard$/, () => _("Copy")],
  [/^Copied$/, () => _("Copied")],
  [/^(?:Close|Dismiss)$/, () => _("Close")],
  [/^visualization$/, () => _("Chart")],
  [/^group mark container$/, () => _("Part of a chart")],
  [/^Skip to main content$/, () => _("Skip to main content")],
  [/^Connection error$/, () => _("No connection")],
  [/^(?:Streamlit server is not responding\.|Is Streamlit still running\?|Connection timed out\.|Connection failed|Cannot connect to Streamlit)/, () => _("The server isn’t responding. This page will resume when it does.")],
];

function said(text) {
  for (const [form, translated] of WORDS) {
    const found = form.exec(text);
    if (found) return translated(...found.slice(1));
  }
  return text;
}

function speak() {
  for (const attribute of ATTRIBUTES) {
    for (const each of document.querySelectorAll(`[${attribute}]`)) {
      const written = each.getAttribute(attribute), text = said(written);
      if (text !== written) each.setAttribute(attribute, text);
    }
  }
  for (const each of document.querySelectorAll(WRITTEN)) {
    const texts = document.createTreeWalker(each, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = said(texts.currentNode.data);
      if (text !== texts.currentNode.data) texts.currentNode.data = text;
    }
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
  observer.observe(document.body, { attributeFilter: ATTRIBUTES, characterData: true, childList: true, subtree: true });
  return () => observer.disconnect();
}
