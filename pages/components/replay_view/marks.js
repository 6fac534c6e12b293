/** What is marked on the time line, and the same as a list, where every mark and every line said can be reached by key. */

import { arrange, el, setText } from "../call_view/dom.js";
import { clock, partyName } from "../call_view/format.js";

export const KINDS = {
  suggestion: { sign: "●", name: "Suggestion", many: "Suggestions" },
  alert: { sign: "▲", name: "Alert", many: "Alerts" },
  flag: { sign: "⚑", name: "Flag", many: "Flags" },
  action: { sign: "■", name: "Action", many: "Actions" },
  message: { sign: "✉", name: "Message", many: "Messages" },
  hold: { sign: "⏸", name: "Hold", many: "Holds" },
  event: { sign: "◆", name: "Event", many: "Events" },
};
/** Rows of the time line: alerts and flags catch the eye first. */
const LANES = [["alert", "flag"], ["suggestion"], ["action", "message"], ["hold", "event"]];
const ALL = "all";
const LINES = "line";

const described = ({ kind, at_s, label }) => `${clock(at_s)} ${KINDS[kind].name}: ${label}`;

/** Marks in lanes, `width` being the whole call. */
export function newLanes({ timeline, go }) {
  const lanes = LANES.map((kinds) => {
    const marks = timeline.marks.filter(({ kind }) => kinds.includes(kind));
    return el(
      "div",
      { class: "lane", hidden: marks.length === 0 },
      marks.map((mark) =>
        el(
          "button",
          {
            type: "button",
            class: "mark",
            // The list beneath holds them all for keys and screen readers; here there may be hundreds.
            tabindex: "-1",
            "aria-hidden": "true",
            "data-testid": "mark",
            "data-kind": mark.kind,
            "data-priority": mark.priority,
            style: `left: ${(100 * mark.at_s) / (timeline.duration_s || 1)}%`,
            title: described(mark),
            onclick: () => go(mark.at_s),
          },
          KINDS[mark.kind].sign,
        ),
      ),
    );
  });
  return el("div", { class: "lanes" }, lanes);
}

/** A list to go by. `lines` are the utterances of the whole call. */
export function newMoments({ timeline, lines, go }) {
  const said = lines.map(({ speaker, text, start_s }) => ({ kind: LINES, at_s: start_s, sign: "“", text: `${partyName(speaker)}: ${text}` }));
  const marks = timeline.marks.map((mark) => ({
    ...mark,
    sign: KINDS[mark.kind].sign,
    text: `${KINDS[mark.kind].name}: ${mark.label}`,
  }));
  const present = [...new Set(timeline.marks.map(({ kind }) => kind))];
  const choices = [
    [ALL, `All marks (${marks.length})`],
    ...Object.entries(KINDS).filter(([kind]) => present.includes(kind)).map(([kind, { many }]) => [kind, many]),
    [LINES, `Lines said (${said.length})`],
  ];
  const choice = el(
    "select",
    { "aria-label": "What to list", onchange: () => fill() },
    choices.map(([value, text]) => el("option", { value }, text)),
  );
  const list = el("ol", { class: "moments", role: "list" });
  const empty = el("p", { class: "empty" });
  const node = el(
    "details",
    { class: "moments-drawer", ontoggle: () => fill() },
    el("summary", {}, "Go to a moment"),
    choice,
    empty,
    list,
  );

  function fill() {
    // Thousands of lines are not made before somebody wants to see them.
    const chosen = choice.value === LINES ? said : marks.filter(({ kind }) => choice.value === ALL || kind === choice.value);
    const shown = node.open ? chosen : [];
    setText(empty, node.open && !chosen.length ? "Nothing was marked in this call." : "");
    arrange(
      list,
      shown.map(({ kind, at_s, sign, text }) =>
        el(
          "li",
          {},
          el(
            "button",
            { type: "button", class: "plain moment-link", "data-testid": "moment-link", "data-kind": kind, onclick: () => go(at_s) },
            el("time", {}, clock(at_s)),
            el("span", { class: "sign", "aria-hidden": "true" }, sign),
            el("span", { class: "label" }, text),
          ),
        ),
      ),
    );
  }

  return { node };
}
