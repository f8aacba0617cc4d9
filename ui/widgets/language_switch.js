// The switch between languages. The browser keeps the choice for the next visit.
export default function ({ parentElement, data, setTriggerValue }) {
  document.documentElement.lang = data.language;
  if (parentElement.shown !== data.html) parentElement.innerHTML = parentElement.shown = data.html;
  parentElement.onchange = ({ target }) => {
    document.cookie = `${data.cookie}=${target.value}; path=/; max-age=31536000; samesite=lax`;
    setTriggerValue("chosen", target.value);
  };
}
