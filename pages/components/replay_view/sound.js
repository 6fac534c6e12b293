/** A call's recording, whose second `k` is the call's second `from_s + k`. */

/** So near to its end a recording is over: the player gives less than the file promises. */
const END_S = 0.05;

/** `onLost(reason)` is called once, when it cannot be heard. */
export function newSound({ url, from_s, onLost }) {
  const audio = new Audio();
  audio.preload = "auto";
  audio.preservesPitch = true;
  audio.src = url;
  let running = false;
  let speed = 1;
  let lost = false;

  audio.addEventListener("error", () => lose("the recording cannot be played"));

  function lose(reason) {
    running = false;
    if (!lost) onLost(reason);
    lost = true;
  }

  /** Until the file has told its length, it is taken to be long enough. */
  const end_s = () => (Number.isFinite(audio.duration) ? from_s + audio.duration - END_S : Infinity);

  return {
    audio,
    get running() {
      return running;
    },
    get position_s() {
      return from_s + audio.currentTime;
    },
    get over() {
      return audio.ended || from_s + audio.currentTime >= end_s();
    },
    get end_s() {
      return end_s();
    },
    covers: (at_s) => !lost && at_s >= from_s && at_s < end_s(),
    start(at_s) {
      running = true;
      audio.currentTime = at_s - from_s;
      audio.playbackRate = speed;
      audio.play().catch((error) => {
        // Paused again before it could begin.
        if (error.name !== "AbortError") lose("the browser does not let this page play sound");
      });
    },
    stop() {
      running = false;
      audio.pause();
    },
    setSpeed(value) {
      speed = value;
      audio.playbackRate = value;
    },
    close() {
      running = false;
      audio.pause();
      audio.removeAttribute("src");
      audio.load();
    },
  };
}
