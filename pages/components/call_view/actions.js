/** What can be done for the customer: chosen, looked at as a preview, confirmed, and undone while the call is open. */

import { newActionCard } from "./action_card.js";
import { newActionForm } from "./action_form.js";
import { isLive } from "./call.js";
import { arrange, el, setAttribute, setText } from "./dom.js";
import { listenForKeys } from "./keys.js";

export function newActions({ command }) {
  const bar = el("div", { class: "actions", role: "group", "aria-label": "Choose an action" });
  const hint = el("span", { class: "quiet" });
  const formPlace = el("div");
  const list = el("div", { class: "cards" });
  const node = el(
    "section",
    { class: "pane quick-actions", "aria-label": "Quick actions", hidden: true },
    el("div", { class: "pane-head" }, el("h3", {}, "Actions ", el("kbd", {}, "A")), hint),
    el("div", { class: "action-area" }, command && bar, formPlace, list),
  );
  const cards = new Map();
  let state = null;
  let specs = null;
  let form = null;
  const stopListening = command ? listenForKeys(node, { a: focus }) : () => {};

  function focus() {
    const first = bar.querySelector("button:enabled");
    first?.focus();
    return Boolean(first);
  }

  function choose(spec) {
    const again = form?.action === spec.action;
    closeForm();
    if (again) return;
    form = newActionForm({
      spec,
      propose: (values) => {
        command("propose", { action: spec.action, arguments: values });
        closeForm();
      },
      cancel: closeForm,
    });
    formPlace.replaceChildren(form.node);
    form.focus();
    drawBar();
  }

  function closeForm() {
    if (form === null) return;
    const focused = form.node.contains(node.getRootNode().activeElement);
    const { action } = form;
    form = null;
    formPlace.replaceChildren();
    if (focused) bar.querySelector(`[data-action="${CSS.escape(action)}"]`)?.focus({ preventScroll: true });
    drawBar();
  }

  function drawBar() {
    const { call, desk, pending } = state;
    if (desk.actions !== specs) {
      specs = desk.actions;
      bar.replaceChildren(
        ...specs.map((spec) =>
          el("button", { type: "button", class: "small", "data-action": spec.action, onclick: () => choose(spec) }, spec.label),
        ),
      );
    }
    const proposing = pending.some(({ name }) => name === "propose" || name === "accept");
    bar.hidden = !isLive(call);
    for (const button of bar.children) {
      button.disabled = call.customer === null;
      setAttribute(button, "aria-expanded", String(button.dataset.action === form?.action));
    }
    setText(hint, !isLive(call) ? "" : call.customer === null ? "once the customer is known" : proposing ? "preparing…" : "");
  }

  return {
    node,
    draw(next, say) {
      const before = state;
      if (["call", "desk", "pending"].every((part) => before?.[part] === next[part])) return;
      state = next;
      if (form && (!isLive(next.call) || next.call.customer?.customer_id !== before?.call.customer?.customer_id)) closeForm();
      drawBar();
      const actions = [...next.call.actions.values()].reverse();
      const shown = actions.sort((a, b) => (b.state === "proposed") - (a.state === "proposed"));
      const wanted = before?.pending.some(({ name }) => name === "propose" || name === "accept");
      arrange(
        list,
        shown.map((action) => {
          const id = action.proposed.action_id;
          const isNew = !cards.has(id);
          if (isNew) cards.set(id, newActionCard({ actionId: id, command }));
          cards.get(id).draw(action, next, say);
          return cards.get(id).node;
        }),
      );
      node.hidden = shown.length === 0 && (next.desk.actions.length === 0 || !isLive(next.call));
      // Whoever asked for it goes on with it; nobody else is interrupted.
      const newId = next.call.actions.size > (before?.call.actions.size ?? 0) ? actions[0]?.proposed.action_id : null;
      if (wanted && newId) cards.get(newId).node.focus();
    },
    close: stopListening,
  };
}
