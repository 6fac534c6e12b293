/** The calls going on, the one that needs somebody first on top. */

import { arrange, el, setText } from "../call_view/dom.js";
import { newCallRow } from "./call_row.js";

/** As long as somebody points at the list, nothing in it changes places: what they aim at would move away. */
const STEADY_MS = 2_000;

export function newCalls({ command }) {
  const heading = el("h3", {});
  const list = el("ol", { class: "calls", "data-testid": "floor-calls" });
  const empty = el(
    "div",
    { class: "empty", "data-testid": "floor-empty" },
    el("p", {}, "Nobody is on the phone."),
    el(
      "p",
      {},
      "Calls appear here by themselves, with agent, mood, alerts and the latest words. To see some, start callers in the ",
      el("a", { href: new URL(`classroom${location.search}`, document.baseURI) }, "classroom"),
      ".",
    ),
  );
  const rows = new Map();
  let pointedMs = -Infinity;
  const pointed = () => {
    pointedMs = performance.now();
  };
  list.addEventListener("pointermove", pointed);
  list.addEventListener("pointerdown", pointed);

  function inOrder(calls) {
    if (performance.now() - pointedMs > STEADY_MS) return calls;
    const places = new Map([...list.children].map((row, place) => [row.dataset.callId, place]));
    const place = ({ call_id }) => places.get(call_id) ?? Infinity;
    return calls.toSorted((one, other) => (place(one) === place(other) ? 0 : place(one) - place(other)));
  }

  return {
    node: el("section", { class: "pane" }, heading, list, empty),
    draw(calls, { compact }) {
      setText(heading, compact ? "Asking for help" : "Live calls");
      empty.hidden = compact || calls.length > 0;
      list.hidden = calls.length === 0;
      const live = new Set(calls.map(({ call_id }) => call_id));
      for (const callId of rows.keys()) {
        if (!live.has(callId)) rows.delete(callId);
      }
      const nodes = inOrder(calls).map((call) => {
        if (!rows.has(call.call_id)) rows.set(call.call_id, newCallRow({ callId: call.call_id, command }));
        const row = rows.get(call.call_id);
        row.draw(call);
        return row.node;
      });
      keepingFocus(list, () => arrange(list, nodes));
    },
  };
}

/** A node that changes places loses the focus. */
function keepingFocus(list, change) {
  const root = list.getRootNode();
  const focused = list.contains(root.activeElement) ? root.activeElement : null;
  change();
  if (focused?.isConnected && root.activeElement !== focused) focused.focus({ preventScroll: true });
}
