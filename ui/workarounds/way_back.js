// Keeps the browser's way back to pages: an address that changes in its parameters alone takes the place of the last.
//
// In Streamlit 1.67.0, each change that a script makes to st.query_params adds an entry to the history
// (handlePageInfoChanged in App.tsx), though none that a bound widget makes does. To see it: choose another optimizer.
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
