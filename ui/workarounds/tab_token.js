// Tells the server which tab it is talking to, so that a reloaded page continues where it was.
//
// A random token in the tab's sessionStorage travels among the subprotocols of Streamlit's WebSocket, where Streamlit's
// own session id travels, and never in an address. A duplicated tab copies its original's sessionStorage, but not the
// lock that the original holds: a page that does not get the lock of its token takes another token.
(() => {
  const TOKEN = "digit-lab-token";
  const LOST = "digit-lab-lost"; // what to offer again if the server no longer has the run
  const stored = (key) => { try { return sessionStorage.getItem(key) ?? ""; } catch { return ""; } };
  const store = (key, value) => { try { sessionStorage.setItem(key, value); } catch { /* storage is turned off */ } };

  let token, alone, asked;
  const take = (wanted) => {
    [token, alone, asked] = [wanted, false, new AbortController()];
    const hold = () => { alone = true; return new Promise(() => {}); };
    navigator.locks?.request(token, { signal: asked.signal }, hold).catch(() => {});
  };
  const takeNew = () => {
    const bytes = [...crypto.getRandomValues(new Uint8Array(32))];
    take(bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(""));
    store(TOKEN, token);
    store(LOST, "");
  };
  if (stored(TOKEN)) take(stored(TOKEN));
  else takeNew();

  const protocol = () => {
    if (!alone && navigator.locks) {
      asked.abort();
      takeNew();
    }
    return ["digit-lab", token, alone ? "alone" : "", stored(LOST)].join(".");
  };
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(url, protocols) {
      super(url, `${url}`.includes("/_stcore/stream") ? [...protocols, protocol()] : protocols);
    }
  };
})();
