/** A customer's two-way WebSocket; the server tells the whole state whenever it comes back. */

import { CLOSE_NORMAL, openSocket } from "../socket.js";

/** Refused, unknown, or too much at once: coming back would not help. */
const FOR_GOOD = new Set([CLOSE_NORMAL, 4403, 4404, 4429]);

/** `onStatus({state})` says connecting, connected, reconnecting, or closed for good. */
export function openLine({ url, onMessage, onStatus }) {
  onStatus({ state: "connecting" });
  const socket = openSocket({
    address: () => url,
    onMessage(message) {
      socket.settle();
      onStatus({ state: "connected" });
      onMessage(message);
    },
    onClose(code) {
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
    /** Whether it could be sent. */
    send: (type, data = {}) => socket.send({ type, data }),
    close: socket.close,
  };
}
