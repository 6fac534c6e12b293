/** Who is calling, for how long, how well both lines are heard, and the controls of the call. */

import { CHAT, customersLanguage, isLive, isOnHold, isWaiting } from "./call.js";
import { isPending } from "./commands.js";
import { arrange, el, setAttribute, setText } from "./dom.js";
import { afterCallS, durationS } from "./elapsed.js";
import { numbered, clock, title, words } from "./format.js";
import { newLeg } from "./leg.js";
import { newRecording } from "./recording.js";
import { languageName } from "./translation.js";

const CONNECTION = {
  connecting: "Connecting…",
  connected: "Connected",
  reconnecting: "Reconnecting…",
  lost: "Connection lost",
  refused: "Not available",
  closed: "Complete",
};

const PARTIES = ["customer", "agent"];

export function newCallBar({ command, controls, showKeys }) {
  const name = el("h2", { class: "who" });
  const tier = el("span", { class: "badge" });
  const account = el("span", { class: "quiet" });
  const language = el("span", { class: "badge", "data-testid": "customers-language" });
  const status = el("span", { class: "call-status", "data-testid": "call-status" });
  const duration = el("time", { class: "duration", "aria-label": "Duration" });
  const afterCall = el("time", { class: "quiet", "data-testid": "after-call-time" });
  const source = el("span", { class: "quiet" });
  const recording = newRecording({ command });
  const legs = el("div", { class: "legs" });
  const engine = el("span", { class: "quiet engine" });
  const assistant = el("span", { class: "quiet engine", "data-testid": "assistant-name" });
  const help = el("button", { type: "button", class: "small", onclick: showKeys }, "Keys", el("kbd", {}, "?"));
  const connection = el("span", { class: "connection", "data-testid": "connection-status", role: "status" });
  const end = el("button", { type: "button", class: "end", onclick: () => command("end") });
  const node = el(
    "header",
    { class: "call-bar", "aria-label": "Call" },
    el("div", { class: "identity" }, name, tier, account, language),
    el("div", { class: "progress" }, status, duration, afterCall, source),
    recording.node,
    legs,
    el("div", { class: "system" }, engine, assistant, connection, command && help),
    el("div", { class: "commands" }, command && controls, command && end),
  );
  const legByParty = new Map();

  return {
    node,
    draw({ call, desk, clock: ticking, levels, connections, stream, pending }) {
      const live = isLive(call);
      setText(name, call.customer?.name ?? "Caller not identified yet");
      setAttribute(name, "data-known", call.customer !== null);
      setText(tier, title(call.customer?.profile?.tier));
      setText(account, numbered(call.customer?.account_number));
      const spoken = customersLanguage(call);
      setText(language, spoken && spoken !== "en" ? `Speaks ${languageName(spoken)}` : "");
      setText(source, call.title ? words(call.title) : "");

      setText(status, statusText(call));
      setAttribute(status, "data-state", call.started_at === null ? "waiting" : !live ? "ended" : isWaiting(call) ? "waiting" : "live");
      setText(duration, clock(durationS(call, ticking)));
      const afterCall_s = afterCallS(call);
      setText(afterCall, command === null || afterCall_s === null ? "" : `After-call ${clock(afterCall_s)}`);

      recording.draw({ call, pending });
      const parties = PARTIES.filter((party) => call.legs.has(party) || (live && party in connections));
      arrange(
        legs,
        parties.map((party) => {
          if (!legByParty.has(party)) legByParty.set(party, newLeg({ party, command }));
          const leg = legByParty.get(party);
          leg.draw({ live, leg: call.legs.get(party), level: levels[party], connection: connections[party], pending });
          return leg.node;
        }),
      );

      const engines = [...new Set([...call.legs.values()].map((leg) => leg.engine))].filter((name) => name && name !== CHAT);
      setText(engine, engines.length ? `Speech: ${engines.join(", ")}` : "");
      setText(assistant, desk.assistant ? `Help: ${desk.assistant}` : "");
      setText(connection, CONNECTION[stream.state]);
      setAttribute(connection, "data-state", stream.state);
      setAttribute(connection, "title", stream.message || null);

      const ending = isPending(pending, "end", undefined);
      setText(end, ending ? "Ending…" : call.channel === CHAT ? "End chat" : "End call");
      end.disabled = ending;
      end.hidden = !live;
    },
  };
}

function statusText(call) {
  if (call.started_at === null) return "Waiting to start";
  if (isWaiting(call)) return call.offered_to === null ? "Waiting" : "Ringing";
  if (isLive(call)) return isOnHold(call) ? "On hold" : "Live";
  const parts = ["Ended", call.end_reason === "completed" ? null : call.end_reason, words(call.wrap_up?.disposition)];
  return parts.filter(Boolean).join(" · ");
}
