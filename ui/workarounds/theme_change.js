import { report } from "../workarounds/separate_reports.js";

export default function ({ data, setTriggerValue }) {
  const app = document.querySelector("[data-testid=stApp]");
  const follow = () => {
    const theme = getComputedStyle(app).colorScheme;
    document.documentElement.dataset.theme = theme;
    if (data.drawn_in && theme !== data.drawn_in) report(setTriggerValue, "changed", theme);
  };
  follow();
  const observer = new MutationObserver(follow); // Streamlit changes the app's class with the theme
  observer.observe(app, { attributeFilter: ["class"] });
  return () => observer.disconnect();
}
