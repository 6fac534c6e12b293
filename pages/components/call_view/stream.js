/** The live events of one call over a WebSocket that comes back by itself. */

const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 5_000;
const LOST_AFTER_MS = 15_000;
const CLOSE_NORMAL = 1000;
const CLOSE_GAP = 4000;

/**
 * Follow a call from its first event on; after a broken connection, from the last event seen.
 *
 * `urlAfter(seq)` gives the address. `onEvent(wire)` gets every event once and without gaps, `onMessage(message)`
 * what is not logged (levels, connections), `onStatus({state, message})` the connection itself: connecting,
 * connected (once the backlog is here), reconnecting, lost (still trying), refused or closed (both for good).
 */
export function openStream({ urlAfter, onEvent, onMessage, onStatus }) {
  let seq = 0;
  let attempt = 0;
  let downSince = performance.now();
  let socket = null;
  let timer = null;

  function connect() {
    timer = null;
    const opened = new WebSocket(urlAfter(seq));
    socket = opened;
    opened.onmessage = ({ data }) => {
      // A frame holds one message, or a list of them: a backlog is far quicker in one piece.
      for (const message of [JSON.parse(data)].flat()) {
        if (opened === socket) receive(message);
      }
    };
    opened.onclose = ({ code }) => {
      if (opened !== socket) return;
      socket = null;
      if (code === CLOSE_NORMAL) finish("closed", "");
      else retry();
    };
  }

  function receive(message) {
    if ("seq" in message) {
      if (message.seq <= seq) return;
      if (message.seq > seq + 1) {
        abandon(CLOSE_GAP);
        retry();
        return;
      }
      seq = message.seq;
      onEvent(message);
    } else if (message.type === "Error") {
      abandon(CLOSE_NORMAL);
      finish("refused", message.data.message);
    } else {
      if (message.type === "CaughtUp") {
        attempt = 0;
        downSince = null;
        onStatus({ state: "connected", message: "" });
      }
      onMessage(message);
    }
  }

  function retry() {
    downSince ??= performance.now();
    const lost = performance.now() - downSince > LOST_AFTER_MS;
    onStatus(
      lost
        ? { state: "lost", message: "No connection to Sidetone. Check that it is running, then reload this page." }
        : { state: "reconnecting", message: "" },
    );
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

  function abandon(code) {
    const left = socket;
    socket = null;
    left?.close(code);
  }

  function finish(state, message) {
    window.removeEventListener("online", retryNow);
    onStatus({ state, message });
  }

  window.addEventListener("online", retryNow);
  onStatus({ state: "connecting", message: "" });
  connect();

  return {
    /** Say something fleeting; false while there is no connection. */
    send(message) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    close() {
      window.removeEventListener("online", retryNow);
      clearTimeout(timer);
      timer = null;
      abandon(CLOSE_NORMAL);
    },
  };
}
