/** The live events of one call over a WebSocket that comes back by itself. */

import { CLOSE_NORMAL, openSocket } from "../socket.js";

const LOST_AFTER_MS = 15_000;
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
  let downSince = performance.now();

  onStatus({ state: "connecting", message: "" });
  const socket = openSocket({
    address: () => urlAfter(seq),
    onMessage: receive,
    onClose(code) {
      if (code === CLOSE_NORMAL) finish("closed", "");
      else retry();
    },
  });

  function receive(message) {
    if ("seq" in message) {
      if (message.seq <= seq) return;
      if (message.seq > seq + 1) {
        retry(CLOSE_GAP);
        return;
      }
      seq = message.seq;
      onEvent(message);
    } else if (message.type === "Error") {
      finish("refused", message.data.message);
    } else {
      if (message.type === "CaughtUp") {
        socket.settle();
        downSince = null;
        onStatus({ state: "connected", message: "" });
      }
      onMessage(message);
    }
  }

  function retry(code) {
    downSince ??= performance.now();
    const lost = performance.now() - downSince > LOST_AFTER_MS;
    onStatus(
      lost
        ? { state: "lost", message: "No connection to Sidetone. Check that it is running, then reload this page." }
        : { state: "reconnecting", message: "" },
    );
    socket.retry(code);
  }

  function finish(state, message) {
    socket.close();
    onStatus({ state, message });
  }

  return {
    /** Say something fleeting; false while there is no connection. */
    send: socket.send,
    close: socket.close,
  };
}
