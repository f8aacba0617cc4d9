const MENU_CLOSER = "[data-testid=stSidebar][data-collapsed=false] [data-testid=stSidebarCollapseButton] button";
let shown;

export default function ({ data }) {
  if (shown !== undefined && shown !== data.page) {
    document.querySelector("[data-testid=stMain]").scrollTo(0, 0);
    document.querySelector(MENU_CLOSER)?.click();
  }
  shown = data.page;
}
