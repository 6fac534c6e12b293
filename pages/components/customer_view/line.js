/** A customer's two-way WebSocket; the server tells the whole state whenever it comes back. */

import { CLOSE_NORMAL, openSocket } from "../socket.js";

/** Refused, unknown, or too much at once: coming back would not help. */
const FOR_GOOD = new Set([CLOSE_NORMAL, 4403, 4404, 4429]);

/** `onStatus({state})` says connecting, connected, reconnecting, or closed for good. */
export function openLine({ url, onMessage, onStatus }) {
  onStatus({ state: "connecting" });
  let connected = false;
  const socket = openSocket({
    address: () => url,
    onMessage(message) {
      socket.settle();
      connected = true;
      onStatus({ state: "connected" });
      onMessage(message);
    },
    onClose(code) {
      connected = false;
      if (FOR_GOOD.has(code)) {
        socket.close();
        onStatus({ state: "closed" });
      } else {
        onStatus({ state: "reconnecting" });
        socket.retry();
      }
    },
  });

  return {
    /** Whether it could be sent. A server that has told nothing yet may be going away: it would be lost. */
    send: (type, data = {}) => connected && socket.send({ type, data }),
    close: socket.close,
  };
}
