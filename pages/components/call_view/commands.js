/** What the agent asked for, or the page has to tell, and the call has not confirmed yet. */

import { CHAT, isOnHold } from "./call.js";

const AGAIN_AFTER_MS = 1_500;
const GIVE_UP_AFTER_MS = 8_000;

/**
 * Clicks on their way to Python. A later script run may replace the trigger of an earlier one, so every send carries
 * all unconfirmed commands, and they are sent again until the call confirms them; each has an id, by which the other
 * side handles it once.
 *
 * `send(commands)` delivers them; `onGiveUp(command)` tells that `pending` changed by itself.
 */
export function newOutbox({ send, onGiveUp }) {
  let pending = [];
  let latest = null;
  /** Call when a command was pushed, by command id: some are confirmed by what came after them only. */
  const since = new Map();

  function keep(open) {
    pending = open;
    const ids = new Set(open.map(({ id }) => id));
    for (const id of since.keys()) {
      if (!ids.has(id)) since.delete(id);
    }
  }

  return {
    get pending() {
      return pending;
    },
    /** False for what is on its way already. */
    push(name, fields = {}) {
      // A double click comes before the button could be drawn as pressed.
      const wanted = JSON.stringify({ name, ...fields });
      if (pending.some(({ id, ...other }) => JSON.stringify(other) === wanted)) return false;
      const command = { id: newId(), name, ...fields };
      since.set(command.id, latest);
      pending = [...pending, command];
      send(pending);
      const again = setInterval(() => (pending.includes(command) ? send(pending) : clearInterval(again)), AGAIN_AFTER_MS);
      setTimeout(() => {
        clearInterval(again);
        if (!pending.includes(command)) return;
        keep(pending.filter((other) => other !== command));
        onGiveUp(command);
      }, GIVE_UP_AFTER_MS);
      return true;
    },
    /** Forget what the call shows to be done. */
    settle(call) {
      latest = call;
      const open = pending.filter((command) => !confirmed(command, call, since.get(command.id) ?? call));
      if (open.length < pending.length) keep(open);
    },
  };
}

/** The pending command with this name about this subject (a suggestion, an action, a customer or a party), if any. */
export const isPending = (pending, name, subject) =>
  pending.some((command) => command.name === name && subjectOf(command) === subject);

const subjectOf = ({ suggestion_id, action_id, customer_id, party }) =>
  suggestion_id ?? action_id ?? customer_id ?? party;

function confirmed(command, call, before) {
  const suggestion = call.suggestions.get(command.suggestion_id);
  switch (command.name) {
    case "use":
    case "dismiss":
      return suggestion?.state !== "shown";
    case "rate":
      return suggestion?.helpful === command.helpful;
    case "pin":
      return suggestion?.pinned === command.pinned;
    case "ask":
      return call.asked.slice(before.asked.length).some(({ text }) => text === command.text);
    case "flag":
      return call.moments.length > before.moments.length;
    case "propose":
      return call.actions.size > before.actions.size;
    case "accept":
      return call.actions.size > before.actions.size || suggestion?.state === "used";
    case "confirm":
    case "decline":
      return call.actions.get(command.action_id)?.state !== "proposed";
    case "undo":
      return call.actions.get(command.action_id)?.state !== "taken";
    case "choose_customer":
    case "identified":
      return call.customer?.customer_id === command.customer_id;
    case "mute":
      return call.legs.get(command.party)?.muted === true;
    case "unmute":
      return call.legs.get(command.party)?.muted === false;
    case "hold":
      return isOnHold(call);
    case "resume":
      return !isOnHold(call);
    case "transfer":
      return call.transfers.length > before.transfers.length;
    case "send":
      return isSent(command.text, call, before);
    case "request_help":
      return call.help !== null;
    case "end_help":
      return call.help === null;
    case "pause_recording":
      return call.recording !== "on";
    case "resume_recording":
      return call.recording !== "paused";
    case "voice_commands":
      return call.voice_commands === command.on;
    case "colleagues":
      return true;
    default:
      return call.end_reason !== null;
  }
}

const isSent = (text, { utterances }, before) =>
  [...utterances.values()].some(
    (each) => each.engine === CHAT && each.speaker === "agent" && each.text === text && !before.utterances.has(each.utterance_id),
  );

// Not crypto.randomUUID: it is missing on pages served over plain HTTP to another machine.
const newId = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join("-");
