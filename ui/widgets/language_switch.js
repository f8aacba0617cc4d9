// The switch between languages: the browser remembers the choice, and reloads the page in that language.
export default function ({ parentElement, data }) {
  if (parentElement.shown !== data.html) parentElement.innerHTML = parentElement.shown = data.html;
  parentElement.onchange = ({ target }) => {
    document.cookie = `${data.cookie}=${target.value}; path=/; max-age=31536000; samesite=lax`;
    location.reload();
  };
}
