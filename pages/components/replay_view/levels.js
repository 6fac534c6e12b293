/** How loud each party is, from the recording's peaks; without them, only that somebody speaks is known. */

const SPEAKING_DBFS = -20;
const SILENCE_DBFS = -96;

/** `{per_s, parties: {party: bytes}}`, or null where there is no waveform to have. */
export async function readPeaks(url, signal) {
  try {
    const answer = await fetch(url, { signal });
    if (!answer.ok) return null;
    const { per_s, parties } = await answer.json();
    const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return { per_s, parties: Object.fromEntries(Object.entries(parties).map(([party, text]) => [party, bytes(text)])) };
  } catch (error) {
    // The page went, or the server did; the replay does without.
    if (error.name !== "AbortError") console.warn("no waveform:", error);
    return null;
  }
}

export function levelsAt({ call, timeline, peaks, at_s }) {
  const levels = {};
  for (const party of call.legs.keys()) {
    const loud_dbfs = peaks?.parties[party] ? peakAt(peaks, party, at_s - timeline.recorded_from_s) : spokenAt(timeline, party, at_s);
    levels[party] = { rms_dbfs: loud_dbfs, peak_dbfs: loud_dbfs };
  }
  return levels;
}

function peakAt({ per_s, parties }, party, second) {
  const peak = parties[party][Math.floor(second * per_s)] ?? 0;
  return peak ? 20 * Math.log10(peak / 255) : SILENCE_DBFS;
}

const spokenAt = ({ speech }, party, at_s) =>
  speech[party].some(({ start_s, end_s }) => start_s <= at_s && at_s < end_s) ? SPEAKING_DBFS : SILENCE_DBFS;
