/** The clock of a replay. While there is sound, the sound is the clock: whatever holds it up, holds the call up. */

export const SPEEDS = [0.5, 1, 1.5, 2, 4, 8];

/**
 * Offsets are seconds from call start. `sound` as `newSound` gives it, or null; `quiet` are spans (`{start_s, end_s}`)
 * that may be skipped. Call `step` at every frame while `playing`.
 */
export function newPlayer({ duration_s, quiet = [], sound = null, now_ms = () => performance.now() }) {
  let anchor = { at_s: 0, at_ms: now_ms() };
  let playing = false;
  let speed = 1;
  let skipping = false;
  let jumps = 0;

  const clamp = (at_s) => Math.min(duration_s, Math.max(0, at_s));

  function position_s() {
    if (!playing) return anchor.at_s;
    if (sound?.running) return clamp(sound.position_s);
    return clamp(anchor.at_s + ((now_ms() - anchor.at_ms) / 1000) * speed);
  }

  function settle(at_s) {
    anchor = { at_s: clamp(at_s), at_ms: now_ms() };
  }

  /** Give the word to the recording, or take it. */
  function hand() {
    if (!sound || !playing) return;
    const { at_s } = anchor;
    if (sound.covers(at_s)) sound.start(at_s);
    else if (sound.running) sound.stop();
  }

  function goTo(at_s) {
    settle(at_s);
    hand();
  }

  const player = {
    duration_s,
    /** How often somebody went elsewhere by hand. */
    get jumps() {
      return jumps;
    },
    get playing() {
      return playing;
    },
    get speed() {
      return speed;
    },
    get skipping() {
      return skipping;
    },
    get at_s() {
      return position_s();
    },
    play() {
      if (playing) return;
      // Played to its end, it begins again.
      settle(anchor.at_s >= duration_s ? 0 : anchor.at_s);
      playing = true;
      hand();
    },
    pause() {
      if (!playing) return;
      settle(position_s());
      playing = false;
      sound?.stop();
    },
    seek(at_s) {
      jumps += 1;
      goTo(at_s);
    },
    setSpeed(value) {
      settle(position_s());
      speed = value;
      sound?.setSpeed(value);
    },
    setSkipping(value) {
      skipping = value;
    },
    /** Go on to this moment: over what is skipped, into and out of the recording, to the end. */
    step() {
      if (!playing) return;
      const at_s = position_s();
      const gap = skipping && quiet.find(({ start_s, end_s }) => start_s <= at_s && at_s < end_s);
      if (gap) goTo(gap.end_s);
      else if (at_s >= duration_s) player.pause();
      else if (sound?.running && sound.over) {
        settle(sound.end_s);
        sound.stop();
      } else if (sound && !sound.running && sound.covers(at_s)) {
        settle(at_s);
        sound.start(at_s);
      }
    },
    close() {
      playing = false;
      sound?.close();
    },
  };
  return player;
}
