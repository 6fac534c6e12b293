/** What the agent asked for, or the page has to tell, and the call has not confirmed yet. */

const GIVE_UP_AFTER_MS = 8_000;

/**
 * Clicks on their way to Python. A later script run may replace the trigger of an earlier one, so every send carries
 * all unconfirmed commands; each has an id, by which the other side handles it once.
 *
 * `send(commands)` delivers them; `onChange()` tells that `pending` changed by itself, when a command was given up.
 */
export function newOutbox({ send, onChange }) {
  let pending = [];

  return {
    get pending() {
      return pending;
    },
    push(name, fields = {}) {
      const command = { id: newId(), name, ...fields };
      pending = [...pending, command];
      send(pending);
      setTimeout(() => {
        if (!pending.includes(command)) return;
        pending = pending.filter((other) => other !== command);
        onChange();
      }, GIVE_UP_AFTER_MS);
    },
    /** Forget what the call shows to be done. */
    settle(call) {
      const open = pending.filter((command) => !confirmed(command, call));
      if (open.length < pending.length) pending = open;
    },
  };
}

/** The pending command with this name about this subject (a suggestion, a customer or a party), if there is one. */
export const isPending = (pending, name, subject) =>
  pending.some(
    (command) => command.name === name && (command.suggestion_id ?? command.customer_id ?? command.party) === subject,
  );

function confirmed(command, call) {
  switch (command.name) {
    case "use":
    case "dismiss":
      return call.suggestions.get(command.suggestion_id)?.state !== "shown";
    case "choose_customer":
      return call.customer?.customer_id === command.customer_id;
    case "mute":
      return call.legs.get(command.party)?.muted === true;
    case "unmute":
      return call.legs.get(command.party)?.muted === false;
    default:
      return call.end_reason !== null;
  }
}

// Not crypto.randomUUID: it is missing on pages served over plain HTTP to another machine.
const newId = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join("-");
