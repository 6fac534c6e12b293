/** One party's line in the call bar: level meter, state in words, mute. */

import { CHAT } from "./call.js";
import { isPending } from "./commands.js";
import { el, setAttribute, setText } from "./dom.js";
import { partyName } from "./format.js";

const SILENCE_DBFS = -96;
/** Below this nothing is drawn: the noise of a quiet room. */
const FLOOR_DBFS = -60;

const CONNECTION = { waiting: "waiting", connecting: "connecting…", failed: "failed", refused: "refused", silent: "no sound" };

export function newLeg({ party, command }) {
  const name = partyName(party);
  const fill = el("span", { class: "meter-fill" });
  const peak = el("span", { class: "meter-peak" });
  const condition = el("span", { class: "leg-state" });
  const meter = el(
    "span",
    {
      class: "meter",
      "data-testid": "audio-level",
      "data-party": party,
      role: "meter",
      "aria-label": `${name} level`,
      "aria-valuemin": SILENCE_DBFS,
      "aria-valuemax": 0,
    },
    fill,
    peak,
    condition,
  );
  const mute = el("button", { type: "button", class: "small", onclick: toggle });
  const node = el(
    "div",
    { class: "leg", "data-party": party, role: "group", "aria-label": `${name} line` },
    el("span", { class: "leg-name" }, name),
    meter,
    command && mute,
  );
  let muted = false;

  function toggle() {
    command(muted ? "unmute" : "mute", { party });
  }

  return {
    node,
    draw({ live, leg, level, connection, pending }) {
      muted = leg?.muted ?? false;
      const heard = live && level && !muted;
      const rms_dbfs = heard ? level.rms_dbfs : SILENCE_DBFS;
      const silent = rms_dbfs <= FLOOR_DBFS;
      setText(condition, stateOf({ live, leg, muted, silent, connection }));
      fill.style.transform = `scaleX(${portion(rms_dbfs)})`;
      peak.style.left = `${100 * portion(heard ? level.peak_dbfs : SILENCE_DBFS)}%`;
      setAttribute(meter, "aria-valuenow", Math.round(rms_dbfs));
      setAttribute(meter, "aria-valuetext", condition.textContent || `${Math.round(rms_dbfs)} dBFS`);
      setAttribute(meter, "data-silent", silent);

      setAttribute(node, "data-muted", muted);
      setAttribute(node, "data-channel", leg?.engine === CHAT ? CHAT : null);

      const busy = isPending(pending, muted ? "unmute" : "mute", party);
      setText(mute, busy ? (muted ? "Unmuting…" : "Muting…") : muted ? "Unmute" : "Mute");
      setAttribute(mute, "aria-label", `${muted ? "Unmute" : "Mute"} ${name.toLowerCase()}`);
      mute.disabled = busy;
      mute.hidden = !live || !leg?.lines || leg.engine === CHAT;
    },
  };
}

const portion = (dbfs) => Math.min(1, Math.max(0, (dbfs - FLOOR_DBFS) / -FLOOR_DBFS));

function stateOf({ live, leg, muted, silent, connection }) {
  if (!live) return "";
  if (leg?.engine === CHAT) return leg.lines ? "in the chat" : "away";
  if (muted) return "muted";
  if (connection?.state in CONNECTION) return CONNECTION[connection.state];
  if (leg && !leg.lines) return "left";
  return silent ? "silent" : "";
}
