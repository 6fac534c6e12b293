/** One live call: who with whom, how it goes, what was said last. */

import { el, setAttribute, setText } from "../call_view/dom.js";
import { clock, partyName, title } from "../call_view/format.js";

const MODES = { listen: "listens", whisper: "whispers", join: "is on the line" };
const PRIORITIES = { urgent: "Urgent", warning: "Warning", tip: "Tip" };
const ALERTS_SHOWN = 2;
/** A click goes to the server and comes back as another page; until then the button says so. */
const PRESSED_MS = 3_000;

export function newCallRow({ callId, command }) {
  const help = el("span", { class: "help-reason", "data-testid": "floor-help" });
  const asked = el("time", { class: "duration" });
  const onIt = button("I'm on it", "primary", () => command("on_it", callId));
  const helpLine = el("div", { class: "help-line" }, help, asked, onIt);
  const who = el("h4", {});
  const about = el("span", { class: "quiet" });
  const state = el("span", { class: "tag state" });
  const channel = el("span", { class: "tag" });
  const mood = el("span", { class: "mood", "data-testid": "floor-sentiment" });
  const duration = el("time", { class: "duration", "data-testid": "floor-duration", "aria-label": "Duration" });
  const open = button("Open", "", () => command("open", callId));
  const speaker = el("b", {});
  const words = el("span", {});
  const latest = el("p", { class: "latest", "data-testid": "floor-latest" }, speaker, words);
  const alerts = el("ul", { class: "alerts" });
  const notes = el("p", { class: "notes" });
  const node = el(
    "li",
    { class: "call-row", "data-testid": "floor-call", "data-call-id": callId },
    helpLine,
    el("div", { class: "head" }, who, about, state, channel, mood, duration, open),
    latest,
    alerts,
    notes,
  );

  return {
    node,
    draw(call) {
      setAttribute(node, "data-state", call.state);
      setAttribute(node, "data-help", call.help !== null);
      setAttribute(node, "data-urgent", call.urgent);
      helpLine.hidden = call.help === null;
      setText(help, `${call.agent || "The agent"} asks for help${call.help ? `: ${call.help}` : ""}`);
      setText(asked, `for ${clock(call.help_s)}`);
      setText(who, `${call.agent || "Waiting"} with ${customerOf(call)}`);
      setAttribute(open, "aria-label", `Open the call of ${call.agent || "nobody yet"} with ${customerOf(call)}`);
      setText(about, call.title);
      setText(state, call.state === "talking" ? "" : stateOf(call));
      setText(channel, title(call.channel));
      setText(mood, moodOf(call.sentiment));
      setAttribute(mood, "data-mood", call.sentiment === null ? null : moodName(call.sentiment));
      setText(duration, clock(call.duration_s));
      latest.classList.toggle("unsettled", call.latest?.final === false);
      setText(speaker, call.latest ? `${partyName(call.latest.speaker)}: ` : "");
      setText(words, call.latest?.text ?? "Nothing said yet.");
      drawAlerts(alerts, call.alerts);
      setText(notes, notesOf(call).join(" · "));
    },
  };
}

function button(label, kind, press) {
  const node = el("button", { type: "button", class: `small ${kind}` }, label);
  node.addEventListener("click", () => {
    if (node.disabled) return;
    node.disabled = true;
    setTimeout(() => {
      node.disabled = false;
    }, PRESSED_MS);
    press();
  });
  return node;
}

const customerOf = ({ customer }) => customer || "an unidentified caller";

const stateOf = ({ state, hold_s }) => (state === "on hold" ? `On hold ${clock(hold_s)}` : title(state));

const moodName = (score) => (score <= -0.1 ? "negative" : score >= 0.1 ? "positive" : "neutral");

const SHAPES = { negative: "▼", neutral: "●", positive: "▲" };

function moodOf(score) {
  if (score === null) return "";
  const name = moodName(score);
  const signed = score.toLocaleString("en-US", { signDisplay: "exceptZero", minimumFractionDigits: 1 });
  return `${SHAPES[name]} ${title(name)} ${signed.replace("-", "−")}`;
}

function drawAlerts(list, alerts) {
  const texts = alerts.slice(0, ALERTS_SHOWN).map(({ priority, message }) => [priority, message]);
  if (alerts.length > ALERTS_SHOWN) texts.push(["more", `and ${alerts.length - ALERTS_SHOWN} more`]);
  const drawn = JSON.stringify(texts);
  if (list.dataset.drawn === drawn) return;
  list.dataset.drawn = drawn;
  list.replaceChildren(
    ...texts.map(([priority, message]) =>
      el(
        "li",
        { "data-priority": priority },
        PRIORITIES[priority] ? el("span", { class: "tag" }, PRIORITIES[priority]) : null,
        el("span", {}, message),
      ),
    ),
  );
}

function notesOf({ supervisors, problems, dropped_s }) {
  const notes = Object.entries(supervisors).map(([name, mode]) => `${name} ${MODES[mode]}`);
  if (dropped_s > 0) notes.push(`${dropped_s} s of speech missing`);
  if (problems.length) notes.push(`Problem: ${problems.at(-1)}`);
  return notes;
}
