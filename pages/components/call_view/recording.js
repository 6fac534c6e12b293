/** Whether the call is recorded, and pausing that while card data is spoken. */

import { isLive } from "./call.js";
import { el, setAttribute, setText } from "./dom.js";

const WORDS = { on: "Recording", paused: "Recording paused", off: "" };
const WHY = "card data";

export function newRecording({ command }) {
  const badge = el("span", { class: "recording-state", "data-testid": "recording" });
  const button = el("button", { type: "button", class: "small", onclick: toggle });
  const node = el("div", { class: "recording", role: "group", "aria-label": "Recording" }, badge, command && button);
  let paused = false;

  function toggle() {
    if (paused) command("resume_recording");
    else command("pause_recording", { reason: WHY });
  }

  return {
    node,
    draw({ call, pending }) {
      paused = call.recording === "paused";
      node.hidden = !isLive(call) || call.recording === "off";
      setText(badge, WORDS[call.recording]);
      setAttribute(badge, "data-state", call.recording);
      setText(button, paused ? "Record again" : "Pause");
      setAttribute(button, "title", paused ? null : "Pause while card data is spoken");
      setAttribute(button, "aria-label", paused ? "Record again" : "Pause recording while card data is spoken");
      button.disabled = pending.some(({ name }) => name === "pause_recording" || name === "resume_recording");
    },
  };
}
