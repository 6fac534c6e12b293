/** A two-way WebSocket that comes back by itself; the server tells the whole state whenever it does. */

const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 5_000;
const CLOSE_NORMAL = 1000;
/** Refused, unknown, or too much at once: coming back would not help. */
const FOR_GOOD = new Set([CLOSE_NORMAL, 4403, 4404, 4429]);

/** `onStatus({state})` says connecting, connected, reconnecting, or closed for good. */
export function openLine({ url, onMessage, onStatus }) {
  let socket = null;
  let timer = null;
  let attempt = 0;

  function connect() {
    timer = null;
    const opened = new WebSocket(url);
    socket = opened;
    opened.onmessage = ({ data }) => {
      if (opened !== socket) return;
      attempt = 0;
      onStatus({ state: "connected" });
      onMessage(JSON.parse(data));
    };
    opened.onclose = ({ code }) => {
      if (opened !== socket) return;
      socket = null;
      if (FOR_GOOD.has(code)) finish();
      else retry();
    };
  }

  function retry() {
    onStatus({ state: "reconnecting" });
    const wait_ms = Math.min(RETRY_FIRST_MS * 2 ** attempt, RETRY_MAX_MS);
    attempt += 1;
    // Spread out, so that a restarted server is not met by every page at the same instant.
    timer = setTimeout(connect, wait_ms * (0.5 + Math.random() / 2));
  }

  function retryNow() {
    if (timer === null) return;
    clearTimeout(timer);
    connect();
  }

  function finish() {
    window.removeEventListener("online", retryNow);
    onStatus({ state: "closed" });
  }

  window.addEventListener("online", retryNow);
  onStatus({ state: "connecting" });
  connect();

  return {
    /** Whether it could be sent. */
    send(type, data = {}) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify({ type, data }));
      return true;
    },
    close() {
      window.removeEventListener("online", retryNow);
      clearTimeout(timer);
      timer = null;
      const left = socket;
      socket = null;
      left?.close(CLOSE_NORMAL);
    },
  };
}
