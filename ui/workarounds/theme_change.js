export default function ({ data, setTriggerValue }) {
  const app = document.querySelector("[data-testid=stApp]");
  const follow = () => {
    const theme = getComputedStyle(app).colorScheme;
    document.documentElement.dataset.theme = theme;
    // Later, so that a stroke which Streamlit is about to report is not reported together with this.
    if (data.drawn_in && theme !== data.drawn_in) setTimeout(() => setTriggerValue("changed", theme));
  };
  follow();
  const observer = new MutationObserver(follow); // Streamlit gives the app another class with each theme
  observer.observe(app, { attributeFilter: ["class"] });
  return () => observer.disconnect();
}
