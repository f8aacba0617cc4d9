// Another page begins at its top, in full view: Streamlit leaves it scrolled as far down as the one before, and on a
// phone leaves the menu lying over it.
const MENU_CLOSER = "[data-testid=stSidebar][data-collapsed=false] [data-testid=stSidebarCollapseButton] button";
let before;

export default function ({ data }) {
  if (before !== undefined && before !== data.page) {
    document.querySelector("[data-testid=stMain]").scrollTo(0, 0);
    document.querySelector(MENU_CLOSER)?.click();
  }
  before = data.page;
}
