/** What the agent may say to Sidetone: the switch, which is off until it is wanted, and the list. */

import { el, setText } from "./dom.js";

const KEPT_AS = "sidetone.voice-commands.";

export function newVoiceCommands({ command, close }) {
  const box = el("input", { type: "checkbox", role: "switch", onchange: () => choose(box.checked) });
  const list = el("dl", { class: "facts" });
  const node = el(
    "section",
    { class: "control-form voice-commands", "aria-label": "Voice commands", hidden: true, onkeydown: (event) => event.key === "Escape" && close() },
    el("label", {}, box, el("span", {}, "Obey what I say to Sidetone")),
    el("button", { type: "button", onclick: close }, "Close"),
    el(
      "p",
      { class: "quiet" },
      "Begin with “sidetone”, then say one of these, with no pause or a short one. Only your own line is listened to. ",
      "The customer hears it like all you say: use a button for what they should not hear. Nothing is heard while you are muted.",
    ),
    list,
  );
  let state = null;
  let drawnList = null;
  let restoredFor = null;

  function choose(on) {
    keep(state.call.agent, on);
    command("voice_commands", { on });
  }

  return {
    node,
    open() {
      box.focus();
    },
    draw(next) {
      state = next;
      const { call, desk, pending } = next;
      const wanted = pending.findLast(({ name }) => name === "voice_commands");
      box.checked = wanted?.on ?? call.voice_commands;
      if (desk.voice_commands !== drawnList) {
        drawnList = desk.voice_commands;
        list.replaceChildren(...drawnList.flatMap(({ say, does }) => [el("dt", {}, quoted(say)), el("dd", {}, does)]));
      }
    },
    /** Who switched them on in another call has them in this one. */
    restore({ agent, answered_s, voice_commands }) {
      const answer = `${agent} ${answered_s}`;
      if (restoredFor === answer) return;
      restoredFor = answer;
      if (!voice_commands && kept(agent)) command("voice_commands", { on: true });
    },
  };
}

/** What came of the last command, for a moment, with a way back where there is one. */
export function newAcknowledgement({ command }) {
  const text = el("span");
  const undo = el("button", { type: "button", class: "small", onclick: takeBack }, "Undo");
  const dismiss = el("button", { type: "button", class: "plain", "aria-label": "Dismiss this line", onclick: hide }, "×");
  const node = el("div", { class: "acknowledgement", "data-testid": "acknowledgement", hidden: true }, text, command && undo, dismiss);
  let known = null;
  let shown = null;
  let hiding = null;

  function hide() {
    clearTimeout(hiding);
    node.hidden = true;
  }

  function takeBack() {
    const [name, fields] = undoing(shown);
    command(name, fields);
    hide();
  }

  return {
    node,
    draw({ call, caughtUp }, say) {
      if (!caughtUp) return;
      const before = known ?? call.commands.size;
      known = call.commands.size;
      if (known <= before) return;
      shown = [...call.commands.values()].at(-1);
      setText(text, shown.message);
      node.dataset.done = shown.done;
      undo.hidden = !shown.done || undoing(shown) === null;
      node.hidden = false;
      say(shown.message);
      clearTimeout(hiding);
      hiding = setTimeout(hide, SHOWN_MS);
    },
    close: () => clearTimeout(hiding),
  };
}

const SHOWN_MS = 12_000;

/** The click that takes a command back, or null. */
function undoing({ command, subject }) {
  const suggestion_id = subject.startsWith("suggestions/") ? subject.slice("suggestions/".length) : null;
  switch (command) {
    case "pin":
    case "unpin":
      return ["pin", { suggestion_id, pinned: command === "unpin" }];
    case "hold":
      return ["resume", {}];
    case "resume":
      return ["hold", {}];
    case "request_help":
      return ["end_help", {}];
    case "pause_recording":
      return ["resume_recording", {}];
    case "resume_recording":
      return ["pause_recording", { reason: "" }];
    default:
      return null;
  }
}

/** “hold” or “resume”, of what belongs together. */
const quoted = (say) => say.split(" · ").map((each) => `“${each}”`).join(" or ");

// A browser may refuse to keep anything; then the switch is off in every new call.
function keep(agent, on) {
  try {
    if (on) localStorage.setItem(KEPT_AS + agent, "on");
    else localStorage.removeItem(KEPT_AS + agent);
  } catch (error) {
    console.warn("The switch of the voice commands is not kept:", error);
  }
}

function kept(agent) {
  try {
    return localStorage.getItem(KEPT_AS + agent) === "on";
  } catch {
    return false;
  }
}
