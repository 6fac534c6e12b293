/** How the call stands, in words: waiting and where in the queue, who answered, hold, recording, and what is wrong. */

import { clock } from "../call_view/format.js";
import { el, setText } from "../call_view/dom.js";

export function newStanding() {
  const headline = el("h2");
  const detail = el("p", { class: "detail" });
  // Announced as a whole, and only when its words change: the time beside it does not count as news.
  const news = el("div", { role: "status", "aria-live": "polite", "aria-atomic": "true" }, headline, detail);
  const duration = el("time", { "aria-label": "Duration" });
  const recording = el("p", { class: "recording", role: "status", "data-testid": "recording-notice" });
  const trouble = el("p", { class: "trouble", role: "status", "data-testid": "connection-notice" });
  const node = el(
    "header",
    { class: "standing" },
    el("div", { class: "standing-head" }, news, duration),
    recording,
    trouble,
  );

  return {
    node,
    draw({ call, drawnAt_ms, line, microphone, leaving }) {
      const [head, more] = call === null ? ["Connecting…", ""] : words(call, leaving);
      setText(headline, head);
      setText(detail, more);
      const running = call !== null && call.phase !== "ended";
      const since_s = running && line.state === "connected" ? (performance.now() - drawnAt_ms) / 1000 : 0;
      setText(duration, call === null || call.end_reason === "abandoned" ? "" : clock(call.elapsed_s + since_s));
      setText(recording, running ? RECORDING[call.recording] : "");
      setText(trouble, call?.phase === "ended" ? "" : troubleOf({ call, line, microphone }));
      for (const part of [detail, duration, recording, trouble]) part.hidden = !part.textContent;
    },
  };
}

const RECORDING = { off: "", on: "● This call is being recorded.", paused: "Recording is paused." };

function words({ phase, position, agent, channel, end_reason }, leaving) {
  if (leaving && phase !== "ended") return ["Hanging up…", ""];
  switch (phase) {
    case "waiting":
      if (position === null) return ["Please wait", "Somebody will be with you soon."];
      if (position === 1) return ["You are next", "An agent will be with you soon."];
      return [`You are number ${position} in line`, "Please stay, you keep your place."];
    case "ringing":
      return ["Connecting you now", "We are calling an agent for you."];
    case "on hold":
      return ["You are on hold", `${agent} will be back with you.`];
    case "ended":
      return ended(end_reason, agent, channel);
    default:
      return [channel === "chat" ? `You are chatting with ${agent}` : `You are talking to ${agent}`, ""];
  }
}

function ended(reason, agent, channel) {
  if (reason === "completed") return [`The ${channel === "chat" ? "chat" : "call"} is over`, agent ? "Thank you." : ""];
  if (reason === "abandoned") return ["You left before we could answer", "We are sorry it took so long."];
  if (reason === "disconnected") return ["The connection was lost", "The call was ended because nobody came back."];
  return ["The call was cut off", "We are sorry. Please call again."];
}

/** Nothing while all is well. */
function troubleOf({ call, line, microphone }) {
  if (line.state === "reconnecting") return "Connection lost, coming back…";
  if (line.state === "closed") return "This page is no longer connected.";
  if (call === null) return "";
  if (!call.agent_present && call.phase === "talking") return `${call.agent} was cut off. Please stay, we are reconnecting.`;
  return call.channel === "voice" ? (MICROPHONE[microphone] ?? "") : "";
}

const MICROPHONE = {
  refused: "Your browser does not let us use the microphone. Allow it beside the address.",
  connecting: "Connecting your microphone…",
  failed: "No sound comes through from your browser. Leave any VPN, or write to us below.",
  silent: "We hear nothing from your microphone. Is it muted?",
  ended: "Your microphone is off. Reload the page to come back.",
};
