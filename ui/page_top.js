// Another page begins at its top: Streamlit leaves it scrolled as far down as the one before.
let before;

export default function ({ data }) {
  if (before !== undefined && before !== data.page) document.querySelector("[data-testid=stMain]").scrollTo(0, 0);
  before = data.page;
}
