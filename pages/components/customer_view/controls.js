/** What the customer can do about the line: mute, see that they are heard, and hang up after a second thought. */

import { el, setAttribute, setText } from "../call_view/dom.js";

/** Below this nothing is drawn: the noise of a quiet room. */
const FLOOR_DBFS = -60;

export function newControls({ send }) {
  const mute = el("button", { type: "button", onclick: () => send("Mute", { muted: !muted }) });
  const fill = el("span", { class: "meter-fill" });
  const meter = el(
    "span",
    {
      class: "meter",
      role: "meter",
      "data-testid": "audio-level",
      "data-party": "customer",
      "aria-label": "How loud you are",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
    },
    fill,
  );
  const hangUp = el("button", { type: "button", class: "hang-up", onclick: () => ask(true) });
  const sure = el("button", { type: "button", class: "hang-up", onclick: leave });
  const stay = el("button", { type: "button", onclick: () => ask(false) }, "Stay");
  const question = el("span");
  const confirmation = el("div", { class: "confirmation", role: "group", "aria-label": "Are you sure?", hidden: true });
  confirmation.append(question, sure, stay);
  const line = el("div", { class: "own-line" }, mute, meter);
  const node = el("div", { class: "controls", role: "group", "aria-label": "Your call", onkeydown: onKey }, line, hangUp, confirmation);
  let muted = false;
  let asking = false;

  function ask(open) {
    asking = open;
    confirmation.hidden = !open;
    hangUp.hidden = open;
    (open ? stay : hangUp).focus();
  }

  function leave() {
    if (send("HangUp")) ask(false);
  }

  function onKey(event) {
    if (event.key !== "Escape" || !asking) return;
    event.preventDefault();
    ask(false);
  }

  return {
    node,
    draw({ call, level, leaving, line: { state } }) {
      node.hidden = call === null || leaving || call.phase === "ended";
      if (node.hidden) return;
      const chat = call.channel === "chat";
      const waiting = call.phase === "waiting" || call.phase === "ringing";
      const connected = state === "connected";
      muted = call.muted;
      line.hidden = chat;
      setText(mute, muted ? "Unmute" : "Mute");
      setAttribute(mute, "data-muted", muted);
      const loud = muted || waiting || !level ? 0 : Math.min(1, Math.max(0, (level.rms_dbfs - FLOOR_DBFS) / -FLOOR_DBFS));
      fill.style.transform = `scaleX(${loud})`;
      setAttribute(meter, "aria-valuenow", Math.round(100 * loud));
      setAttribute(meter, "aria-valuetext", muted ? "muted" : waiting ? "not heard yet" : null);
      const verb = waiting ? "Stop waiting" : chat ? "End chat" : "Hang up";
      setText(hangUp, verb);
      setText(question, waiting ? "Give up your place in line?" : chat ? "End the chat?" : "End the call?");
      setText(sure, `Yes, ${verb.toLowerCase()}`);
      mute.disabled = hangUp.disabled = sure.disabled = !connected;
    },
  };
}
