// Shows a new page from its top; going back to a page restores its scroll position at the last click on it.
const WAY_BACK = ".st-key-way_back a";
const LONGEST_MS = 3000; // a page fills gradually, and may at first be too short to scroll that far
const positions = new Map();
let shown, goingBack;

const main = () => document.querySelector("[data-testid=stMain]");

addEventListener(
  "click",
  ({ target }) => {
    if (shown !== undefined) positions.set(shown, main().scrollTop);
    goingBack = target.closest(WAY_BACK) !== null;
  },
  true,
);
addEventListener("popstate", () => (goingBack = true));

function restore(top) {
  const visitor = new AbortController();
  for (const action of ["wheel", "touchstart", "pointerdown", "keydown"])
    addEventListener(action, () => visitor.abort(), { once: true, signal: visitor.signal, passive: true });
  const until = performance.now() + LONGEST_MS;
  const follow = () => {
    if (visitor.signal.aborted) return;
    if (main().scrollHeight - main().clientHeight >= top) main().scrollTo(0, top);
    if (performance.now() < until) requestAnimationFrame(follow);
    else visitor.abort();
  };
  follow();
}

export default function ({ data }) {
  if (shown !== undefined && shown !== data.page) {
    main().scrollTo(0, 0);
    if (goingBack && positions.has(data.page)) restore(positions.get(data.page));
    goingBack = false;
  }
  shown = data.page;
}
