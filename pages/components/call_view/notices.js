/** What is wrong or being waited for, and what to do about it: calm lines beneath the call bar. */

import { isLive } from "./call.js";
import { arrange, el, setAttribute, setText } from "./dom.js";
import { partyName } from "./format.js";

const SHOWN = 3;
const PARTIES = ["customer", "agent"];
/** Tone per state of a connection; the others need no notice. */
const TONES = { waiting: "info", connecting: "info", silent: "warning", refused: "problem", failed: "problem" };
const TONE_WORDS = { info: "", warning: "Note: ", problem: "Problem: " };

export function newNotices() {
  const node = el("div", { class: "notices", role: "status" });
  const lines = new Map();
  const dismissed = new Set();
  let last = null;

  function draw(state) {
    last = state;
    const open = notices(state).filter(({ key }) => !dismissed.has(key));
    const shown = open.slice(-SHOWN);
    for (const key of [...lines.keys()]) {
      if (!shown.some((notice) => notice.key === key)) lines.delete(key);
    }
    arrange(
      node,
      shown.map((notice) => {
        if (!lines.has(notice.key)) lines.set(notice.key, newLine(notice.key));
        const line = lines.get(notice.key);
        setText(line.text, TONE_WORDS[notice.tone] + notice.text);
        setAttribute(line.node, "data-tone", notice.tone);
        setAttribute(line.node, "role", notice.tone === "problem" ? "alert" : null);
        return line.node;
      }),
    );
  }

  function newLine(key) {
    const text = el("span");
    const close = el("button", { type: "button", class: "plain", "aria-label": "Dismiss this notice" }, "×");
    close.addEventListener("click", () => {
      dismissed.add(key);
      draw(last);
    });
    return { text, node: el("div", { class: "notice" }, text, close) };
  }

  return { node, draw };
}

function notices({ call, connections, stream }) {
  const found = call.problems.map(({ provider, message }, index) => ({
    key: `problem:${index}`,
    tone: "warning",
    text: `${provider}: ${message}`,
  }));
  for (const { party, dropped_s } of call.legs.values()) {
    if (dropped_s === 0) continue;
    const text = `${dropped_s.toFixed(1)} s of what the ${party} said is missing: this computer could not keep up.`;
    found.push({ key: `dropped:${party}:${dropped_s}`, tone: "warning", text });
  }
  if (isLive(call)) {
    for (const [party, { state, message }] of Object.entries(connections)) {
      if (!PARTIES.includes(party) || !(state in TONES) || !message) continue;
      found.push({ key: `${party}:${state}:${message}`, tone: TONES[state], text: `${partyName(party)}: ${message}` });
    }
  }
  if (stream.message) found.push({ key: `stream:${stream.message}`, tone: "problem", text: stream.message });
  return found;
}
