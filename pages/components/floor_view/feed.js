/** The floor over a WebSocket that comes back by itself. */

import { openSocket } from "../socket.js";

/** `onFloor(floor)` gets each state, `onStatus({state, message})`: connecting, connected, reconnecting or refused. */
export function openFeed({ url, onFloor, onStatus }) {
  let connected = false;

  const socket = openSocket({
    address: () => url,
    onMessage({ type, data }) {
      if (type === "Error") {
        socket.close();
        onStatus({ state: "refused", message: data.message });
        return;
      }
      if (!connected) {
        connected = true;
        socket.settle();
        onStatus({ state: "connected", message: "" });
      }
      onFloor(data);
    },
    onClose() {
      connected = false;
      onStatus({
        state: "reconnecting",
        message: "No connection to Sidetone: this is how the floor was. Trying again…",
      });
      socket.retry();
    },
  });

  return { close: socket.close };
}
