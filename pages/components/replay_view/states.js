/** A stored call as it stood at any moment: the live page's own fold, over the events up to there. */

import { fold, newCall } from "../call_view/call.js";

/** At most so many events are folded for a seek; as in `core/insights/replay.py`. */
export const CHECKPOINT_EVERY = 200;

/** `wires` are all events of the call, in order. */
export function newStates(callId, wires) {
  const checkpoints = [newCall(callId)];
  for (let count = CHECKPOINT_EVERY; count <= wires.length; count += CHECKPOINT_EVERY) {
    checkpoints.push(fold(checkpoints.at(-1), wires.slice(count - CHECKPOINT_EVERY, count)));
  }
  let latest = { count: 0, call: checkpoints[0] };

  /** How many events have an offset of at most `at_s`. */
  function countAt(at_s) {
    let [low, high] = [0, wires.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (wires[middle].offset_s <= at_s) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    /** The call after every event up to and including `at_s`; the same object while nothing happens. */
    at(at_s) {
      const count = countAt(at_s);
      if (count !== latest.count) {
        const checkpoint = Math.floor(count / CHECKPOINT_EVERY);
        const before = checkpoint * CHECKPOINT_EVERY;
        // Playing on goes from where it stands.
        const goesOn = latest.count >= before && latest.count < count;
        const [from, call] = goesOn ? [latest.count, latest.call] : [before, checkpoints[checkpoint]];
        latest = { count, call: from === count ? call : fold(call, wires.slice(from, count)) };
      }
      return latest.call;
    },
  };
}
