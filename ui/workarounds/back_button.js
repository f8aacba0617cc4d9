// Keeps the Back button stepping from page to page: a change of query parameters alone replaces the history entry.
//
// In Streamlit 1.67.0, each change that a script makes to st.query_params adds a history entry
// (handlePageInfoChanged in App.tsx), but changes made by a bound widget do not. To see it: choose another optimizer.
//
// Delete this once tests/browser/test_train.py passes without it.
{
  const push = history.pushState;
  history.pushState = function (state, title, address) {
    const { pathname, hash } = new URL(address ?? "", location.href);
    const isSamePage = pathname === location.pathname && hash === location.hash;
    (isSamePage ? history.replaceState : push).call(history, state, title, address);
  };
}
