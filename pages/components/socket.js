/** A WebSocket that comes back by itself, and where ours are. */

const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 5_000;
export const CLOSE_NORMAL = 1000;

/** The address of one of our sockets: beside the components' own, so that it holds behind a path prefix too. */
export function socketUrl(path) {
  const url = new URL(`../api/${path}`, import.meta.url);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}

/**
 * `address()` is asked at every attempt. `onMessage(message)` gets what arrives, one after the other, and
 * `onClose(code)` is told when the other side is gone: only `retry` makes it come back.
 */
export function openSocket({ address, onMessage, onClose }) {
  let attempt = 0;
  let socket = null;
  let timer = null;

  function connect() {
    timer = null;
    const opened = new WebSocket(address());
    socket = opened;
    opened.onmessage = ({ data }) => {
      // A frame holds one message, or a list of them: a backlog is far quicker in one piece.
      for (const message of [JSON.parse(data)].flat()) {
        if (opened === socket) onMessage(message);
      }
    };
    opened.onclose = ({ code }) => {
      if (opened !== socket) return;
      socket = null;
      onClose(code);
    };
  }

  function retryNow() {
    if (timer === null) return;
    clearTimeout(timer);
    connect();
  }

  function hangUp(code) {
    const left = socket;
    socket = null;
    left?.close(code);
  }

  window.addEventListener("online", retryNow);
  connect();

  return {
    /** Whether it could be sent. */
    send(message) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    /** The connection works: should it break again, the first retry comes soon. */
    settle() {
      attempt = 0;
    },
    /** Leave what there is of a connection, and come back in a while; later after every attempt. */
    retry(code = CLOSE_NORMAL) {
      hangUp(code);
      const wait_ms = Math.min(RETRY_FIRST_MS * 2 ** attempt, RETRY_MAX_MS);
      attempt += 1;
      // Spread out, so that a restarted server is not met by every page at the same instant.
      timer = setTimeout(connect, wait_ms * (0.5 + Math.random() / 2));
    },
    /** For good. */
    close() {
      window.removeEventListener("online", retryNow);
      clearTimeout(timer);
      timer = null;
      hangUp(CLOSE_NORMAL);
    },
  };
}
