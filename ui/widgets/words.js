// Text of scripts in the language of the page: the translations that came with the page, and numbers formatted as in
// language/numbers.py.

const { lang } = document.documentElement;
const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}"); // an English page brings none

const filled = (text, values = {}) => text.replace(/{(\w+)}/g, (place, name) => values[name] ?? place);

// A translated text, with values in place of the {names} in it.
export const _ = (text, values) => filled(words[text] ?? text, values);

const rules = new Intl.PluralRules(lang);
const categories = ["zero", "one", "two", "few", "many", "other"].filter((each) => rules.resolvedOptions().pluralCategories.includes(each));

// The plural form of a text for a count; to appear in the text, the count must be a value too.
export function ngettext(one, several, count, values) {
  const forms = words[one];
  if (!forms) return filled(count === 1 ? one : several, values);
  return filled(forms[Math.min(categories.indexOf(rules.select(count)), forms.length - 1)], values); // catalogues have no form for millions
}

const NUMBER = /([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]+)?(%?)/g;
const parts = new Intl.NumberFormat(lang, { style: "percent", minimumFractionDigits: 1, useGrouping: true }).formatToParts(123);
const [group, point] = ["group", "decimal"].map((type) => parts.find((each) => each.type === type).value);
const percent = parts.slice(parts.findIndex(({ type }) => type === "fraction") + 1).map(({ value }) => value).join("");

// A text with its English numbers, such as >99.9% or 12,345, rewritten for the reader's language.
export const localized = (text) =>
  text.replace(NUMBER, (_all, whole, fraction, sign) => whole.replaceAll(",", group) + (fraction ?? "").replace(".", point) + (sign && percent));

const grouped = (digits) => digits.replace(/[0-9]+/, (whole) => whole.replace(/\B(?=([0-9]{3})+$)/g, ","));

// A whole number with thousands separators: 12,345.
export const whole = (number) => localized(grouped(String(number)));

// A number with this many decimals: 0.123.
export const fixed = (number, decimals) => localized(grouped(number.toFixed(decimals)));
