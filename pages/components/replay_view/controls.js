/** Play, pause, speed, silence: by hand and by key. */

import { copy } from "../call_view/clipboard.js";
import { el, setAttribute, setText } from "../call_view/dom.js";
import { clock } from "../call_view/format.js";
import { SPEEDS } from "./player.js";

const STEP_S = 5;
const TYPED_IN = "input:not([type=checkbox]), textarea, select, [contenteditable=''], [contenteditable=true], dialog";
const PRESSED_BY_SPACE = "button, a, summary, input, [role=button], [role=tab]";
const COPIED_MS = 2000;

/** `changed()` is called after every change of the player; `link(at_s)` is the address of a moment. */
export function newControls({ player, changed, link }) {
  const play = el("button", { type: "button", class: "play", "data-testid": "play", onclick: toggle });
  const time = el("span", { class: "duration", "data-testid": "replay-time" });
  const speed = el(
    "select",
    { "aria-label": "Speed", "data-testid": "speed", onchange: () => act(() => player.setSpeed(Number(speed.value))) },
    SPEEDS.map((value) => el("option", { value }, `${value}×`)),
  );
  const skip = el("input", { type: "checkbox", onchange: () => act(() => player.setSkipping(skip.checked)) });
  const share = el("button", { type: "button", class: "small", onclick: shareMoment }, "Copy link");
  const sound = el("span", { class: "quiet", "data-testid": "sound", role: "status" });
  const node = el(
    "div",
    { class: "player", role: "group", "aria-label": "Replay" },
    play,
    el("button", { type: "button", class: "small", "aria-label": "Back 5 seconds", onclick: () => go(-STEP_S) }, "−5 s"),
    el("button", { type: "button", class: "small", "aria-label": "Forward 5 seconds", onclick: () => go(STEP_S) }, "+5 s"),
    time,
    el("label", { class: "field" }, "Speed", speed),
    el("label", { class: "check" }, skip, "Skip silence"),
    share,
    sound,
    el("span", { class: "quiet hint" }, "Space plays, ← → go 5 s, < > change the speed."),
  );

  function act(change) {
    change();
    changed();
  }

  function toggle() {
    act(() => (player.playing ? player.pause() : player.play()));
  }

  function go(by_s) {
    act(() => player.seek(player.at_s + by_s));
  }

  function faster(by) {
    const next = SPEEDS[SPEEDS.indexOf(player.speed) + by];
    if (next !== undefined) act(() => player.setSpeed(next));
  }

  function shareMoment() {
    copy(link(player.at_s));
    setText(share, "Copied");
    setTimeout(() => setText(share, "Copy link"), COPIED_MS);
  }

  const KEYS = {
    " ": toggle,
    ArrowLeft: () => go(-STEP_S),
    ArrowRight: () => go(STEP_S),
    "<": () => faster(-1),
    ">": () => faster(1),
    Home: () => act(() => player.seek(0)),
    End: () => act(() => player.seek(player.duration_s)),
  };

  function onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const path = event.composedPath().filter((target) => target instanceof Element);
    if (path.some((target) => target.matches(TYPED_IN))) return;
    if (event.key === " " && path[0]?.matches(PRESSED_BY_SPACE)) return;
    if (!(event.key in KEYS)) return;
    KEYS[event.key]();
    event.preventDefault();
  }

  document.addEventListener("keydown", onKey);

  return {
    node,
    draw(at_s) {
      setText(play, player.playing ? "Pause" : "Play");
      setAttribute(play, "aria-pressed", String(player.playing));
      setText(time, `${clock(at_s)} / ${clock(player.duration_s)}`);
      speed.value = String(player.speed);
      skip.checked = player.skipping;
    },
    say: (text) => setText(sound, text),
    close: () => document.removeEventListener("keydown", onKey),
  };
}
