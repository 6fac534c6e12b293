/** Tells the server which of the customer's messages are on this screen. */

import { CHAT } from "./call.js";

/** `tell(type, data)` gives false when there is no connection, and the message waits for the next one. */
export function newSeen({ tell }) {
  const told = new Set();

  return {
    look({ utterances }) {
      if (document.visibilityState !== "visible") return;
      for (const { utterance_id, engine, speaker, delivered } of utterances.values()) {
        if (engine !== CHAT || speaker !== "customer" || delivered || told.has(utterance_id)) continue;
        if (tell("Seen", { message_id: utterance_id })) told.add(utterance_id);
      }
    },
    /** What was said to a connection that broke may not have been heard. */
    forget: () => told.clear(),
  };
}
