/** The floor over a WebSocket that comes back by itself. */

const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 5_000;

/** `onFloor(floor)` gets each state, `onStatus({state, message})`: connecting, connected, reconnecting or refused. */
export function openFeed({ url, onFloor, onStatus }) {
  let attempt = 0;
  let timer = null;
  let socket = null;

  function connect() {
    const opened = new WebSocket(url);
    socket = opened;
    opened.onmessage = ({ data }) => {
      if (opened === socket) receive(JSON.parse(data));
    };
    opened.onclose = () => {
      if (opened === socket) retry();
    };
  }

  function receive({ type, data }) {
    if (type === "Error") {
      close();
      onStatus({ state: "refused", message: data.message });
      return;
    }
    if (attempt !== null) {
      attempt = null;
      onStatus({ state: "connected", message: "" });
    }
    onFloor(data);
  }

  function retry() {
    attempt ??= 0;
    const wait_ms = Math.min(RETRY_FIRST_MS * 2 ** attempt, RETRY_MAX_MS);
    attempt += 1;
    onStatus({ state: "reconnecting", message: "No connection to Sidetone: this is how the floor was. Trying again…" });
    timer = setTimeout(connect, wait_ms * (0.5 + Math.random() / 2));
  }

  function close() {
    clearTimeout(timer);
    const left = socket;
    socket = null;
    left?.close();
  }

  connect();
  return { close };
}
