/** What the agent does with a call that a customer waits in: hold, transfer, ask for help. */

import { isLive, isOnHold } from "./call.js";
import { isPending } from "./commands.js";
import { el, setAttribute, setText } from "./dom.js";
import { newHelpForm } from "./help_form.js";
import { listenForKeys } from "./keys.js";
import { newTransferForm } from "./transfer_form.js";
import { newVoiceCommands } from "./voice_commands.js";

/** An agent has answered, and the call goes on. */
export const isAnswered = (call) => isLive(call) && call.answered_s !== null;

/** `buttons` belong to the call bar, `forms` beneath it; one form is open at a time. */
export function newControls({ command }) {
  const transfer = newTransferForm({ command, close: () => open(null) });
  const help = newHelpForm({ command, close: () => open(null) });
  const voice = newVoiceCommands({ command, close: () => open(null) });
  const holdButton = el("button", { type: "button", onclick: toggleHold });
  const holdText = el("span");
  holdButton.append(holdText, el("kbd", {}, "H"));
  const transferButton = el("button", { type: "button", onclick: () => toggle(transfer) }, "Transfer", el("kbd", {}, "X"));
  const helpButton = el("button", { type: "button", onclick: () => toggle(help) }, "Ask for help");
  const voiceButton = el("button", { type: "button", onclick: () => toggle(voice) });
  const buttons = el("div", { class: "controls", role: "group", "aria-label": "Call controls" }, holdButton, transferButton, helpButton, voiceButton);
  const forms = el("div", { class: "control-forms" }, transfer.node, help.node, voice.node);
  const buttonOf = new Map([
    [transfer, transferButton],
    [help, helpButton],
    [voice, voiceButton],
  ]);
  let state = null;
  let opened = null;
  let listed = null;
  const stopListening = command ? listenForKeys(forms, { h: toggleHold, x: () => toggle(transfer) }) : () => {};

  function toggleHold() {
    if (buttons.hidden || state.call.channel === "chat") return false;
    command(isOnHold(state.call) ? "resume" : "hold");
    return true;
  }

  function toggle(form) {
    if (buttons.hidden) return false;
    open(opened === form ? null : form);
    return true;
  }

  function open(form) {
    const left = opened;
    const focused = left?.node.contains(forms.getRootNode().activeElement);
    opened = form;
    for (const [each, button] of buttonOf) {
      each.node.hidden = each !== form;
      setAttribute(button, "aria-expanded", String(each === form));
    }
    if (form) form.open(state);
    else if (focused) buttonOf.get(left).focus({ preventScroll: true });
  }

  function followVoice(call) {
    voice.restore(call);
    const last = [...call.commands.values()].at(-1);
    if (listed !== null && last && last.utterance_id !== listed && last.command === "list" && opened !== voice) open(voice);
    listed = last?.utterance_id ?? "";
  }

  open(null);
  return {
    buttons,
    forms,
    draw(next) {
      state = next;
      const { call, pending } = next;
      buttons.hidden = command === null || !isAnswered(call);
      if (buttons.hidden && opened) open(null);
      const held = isOnHold(call);
      const holding = isPending(pending, held ? "resume" : "hold", undefined);
      setText(holdText, holding ? (held ? "Resuming…" : "Holding…") : held ? "Resume" : "Hold");
      setAttribute(holdButton, "aria-pressed", String(held));
      holdButton.disabled = holding;
      holdButton.hidden = call.channel === "chat";
      transferButton.disabled = pending.some(({ name }) => name === "transfer");
      helpButton.hidden = call.help !== null;
      helpButton.disabled = pending.some(({ name }) => name === "request_help");
      if (opened === help && call.help !== null) open(null);
      voiceButton.hidden = call.channel === "chat";
      setText(voiceButton, call.voice_commands ? "Voice commands: on" : "Voice commands");
      voice.draw(next);
      if (next.caughtUp && !buttons.hidden && !voiceButton.hidden) followVoice(call);
      transfer.draw(next);
    },
    close: stopListening,
  };
}
