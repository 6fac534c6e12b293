/** How long a call lasts by now: it runs on by itself between events, and never behind the last of them. */
export function durationS(call, ticking) {
  if (call.ended_s !== null) return call.ended_s;
  if (!ticking?.running) return call.offset_s;
  return Math.max(call.offset_s, ticking.offset_s + (performance.now() - ticking.at_ms) / 1000);
}

/** Seconds of after-call work so far, or null while the call is going on and when it is wrapped up. */
export function afterCallS({ ended_at, wrap_up }) {
  if (ended_at === null || wrap_up !== null) return null;
  return Math.max(0, (Date.now() - Date.parse(ended_at)) / 1000);
}
