/** How somebody speaks beside how they spoke before in this call: heard from the sound, not from the words. */

import { el, setAttribute, setText } from "./dom.js";

/** From where on a change is worth a word. */
const CLEAR = 0.3;

/** "louder by 8 dB and higher by 3 semitones than before" */
export function thanBefore(reasons) {
  const [last, ...others] = [...reasons].reverse();
  return `${others.length ? `${others.reverse().join(", ")} and ${last}` : last} than before`;
}

export function manner({ raised, arousal }) {
  if (raised) return "raised";
  return arousal >= CLEAR ? "more excited than before" : arousal <= -CLEAR ? "calmer than before" : "as before";
}

/** The mark on a line, hidden while the voice is not raised. */
export function newVoiceMark() {
  const sign = el("span", { "aria-hidden": "true" }, "▲ ");
  const why = el("span", { class: "unseen" });
  const node = el("span", { class: "tag raised", "data-testid": "raised-voice", hidden: true }, sign, "raised voice", why);
  return {
    node,
    draw(voice) {
      node.hidden = !voice?.raised;
      if (node.hidden) return;
      const reasons = thanBefore(voice.reasons);
      setText(why, `: ${reasons}`);
      setAttribute(node, "title", `Raised voice: ${reasons}. Heard from the sound, not from the words.`);
    },
  };
}
