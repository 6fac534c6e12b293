/** Who the customer is: facts first, the order in question marked. */

import { orderInQuestion } from "./call.js";
import { isPending } from "./commands.js";
import { el, setAttribute } from "./dom.js";
import { numbered, date, money, partyName, title, words } from "./format.js";

const OPENED_MARGIN_PX = 8;

export function newCustomerPanel({ command }) {
  const scroller = el("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Customer record" });
  const node = el(
    "section",
    { class: "pane customer", "aria-label": "Customer", "data-testid": "customer-panel" },
    el("h3", {}, "Customer"),
    el("div", { class: "scroll-frame" }, scroller),
  );
  let drawn = [];
  let openedBefore = null;

  /** Scroll no further than it takes to see the order in question. */
  function toOrder() {
    const order = scroller.querySelector("[data-in-question]");
    scroller.scrollTop = order ? order.offsetTop + order.offsetHeight - scroller.clientHeight : 0;
  }

  return {
    node,
    draw({ call, caughtUp, pending }, say) {
      const { customer, candidates } = call;
      const orderId = orderInQuestion(call);
      const opened = openedBy(call);
      const shown = [customer, orderId, opened, candidates, candidates.length && pending, caughtUp, call.end_reason];
      if (drawn.length && shown.every((value, i) => value === drawn[i])) return;
      const [customerBefore, orderBefore] = drawn;
      drawn = shown;

      if (customer && customer !== customerBefore) say(`Customer: ${customer.name}`);
      const scrollTop = scroller.scrollTop;
      node.dataset.customerId = customer?.customer_id ?? "";
      scroller.replaceChildren(
        ...[
          candidates.length > 0 && choice(call, pending, command),
          customer && record(customer, orderId),
          !customer && !candidates.length && el("p", { class: "empty" }, emptyText(call, caughtUp)),
        ].filter(Boolean),
      );
      if (customer === customerBefore && orderId === orderBefore) scroller.scrollTop = scrollTop;
      else toOrder();
      const place = opened && scroller.querySelector(placeOf(opened.subject));
      if (place) setAttribute(place, "data-opened", true);
      if (place && opened !== openedBefore) scroller.scrollTop = place.offsetTop - OPENED_MARGIN_PX;
      openedBefore = opened;
    },
  };
}

/** The voice command that last opened a part of the record, or null. */
const openedBy = (call) => [...call.commands.values()].findLast(({ command, done }) => command === "open" && done) ?? null;

function placeOf(subject) {
  const [kind, what] = [subject.slice(0, subject.indexOf("/")), subject.slice(subject.indexOf("/") + 1)];
  return `[data-${kind === "orders" ? "order" : "part"}="${CSS.escape(what)}"]`;
}

function emptyText(call, caughtUp) {
  if (!caughtUp) return "Loading the call…";
  if (call.end_reason !== null) return "The caller was not identified in this call.";
  return "Facts appear here when the customer says a name, an account or an order number.";
}

function choice({ candidates, heard, end_reason }, pending, command) {
  return el(
    "div",
    { class: "candidates", role: "group", "aria-label": "Who is calling?" },
    el("h4", {}, "Who is calling?"),
    el("p", { class: "quiet" }, `“${heard}” fits ${candidates.length} customers.`),
    candidates.map(({ customer_id, account_number, name }) => {
      const choosing = isPending(pending, "choose_customer", customer_id);
      return el(
        "button",
        {
          type: "button",
          class: "candidate",
          "data-candidate": customer_id,
          disabled: command === null || choosing || end_reason !== null,
          onclick: () => command("choose_customer", { customer_id }),
        },
        el("strong", {}, name),
        el("span", { class: "quiet" }, choosing ? "choosing…" : numbered(account_number)),
      );
    }),
  );
}

function record(customer, orderId) {
  const profile = customer.profile ?? {};
  const inQuestion = ({ order_id }) => orderId !== null && order_id === orderId;
  const orders = [...list(profile.orders)].sort((a, b) => inQuestion(b) - inQuestion(a));
  return el(
    "div",
    { class: "record" },
    el(
      "div",
      { class: "name-line" },
      el("strong", {}, customer.name),
      profile.tier && el("span", { class: "badge" }, title(profile.tier)),
    ),
    facts([
      ["Account", numbered(customer.account_number)],
      ["Matched on", list(customer.matched_on).join(", ")],
      ["Plan", profile.plan],
      ["Since", date(profile.since)],
      ["Lifetime value", money(profile.lifetime_value)],
      ["Last contact", profile.last_contact && lastContact(profile.last_contact)],
    ]),
    section("Orders", orders, (order) => orderItem(order, inQuestion(order))),
    section("Charges", list(profile.charges), ({ date: on, description, amount }) =>
      row(date(on), description, el("span", { class: "amount" }, money(amount))),
    ),
    section("Tickets", list(profile.tickets), ({ ticket_id, subject, status, opened_on }) =>
      row(title(status), subject, el("span", { class: "quiet" }, joined(" · ", ticket_id, date(opened_on)))),
    ),
    section("Notes", list(profile.notes), ({ date: on, text }) => row(date(on), text)),
    section("Earlier calls", list(profile.earlier_calls), earlierCall),
    section("Contact", contact(profile), (pair) => pair),
  );
}

function orderItem({ order_id, status, placed_on, shipped_on, carrier, tracking, eta, total, items }, inQuestion) {
  return el(
    "div",
    { class: "order", "data-order": order_id, "data-in-question": inQuestion },
    el(
      "div",
      { class: "order-head" },
      el("strong", {}, numbered(order_id)),
      el("span", {}, words(status)),
      inQuestion && el("span", { class: "badge" }, "In question"),
    ),
    el("div", {}, joined(", ", ...list(items).map(orderedItem))),
    facts([
      ["ETA", date(eta)],
      ["Shipped", joined(", ", date(shipped_on), carrier)],
      ["Tracking", tracking],
      ["Placed", date(placed_on)],
      ["Total", money(total)],
    ]),
  );
}

const earlierCall = ({ date: on, summary, open }) =>
  row(date(on), summary, list(open).length > 0 && el("span", {}, el("strong", {}, "Open: "), list(open).map(openItem).join("; ")));

const openItem = ({ text, owner, due }) => joined(", ", text, owner && partyName(owner), due && `due ${date(due)}`);

const orderedItem = ({ name, quantity }) => (quantity > 1 ? `${quantity} × ${name}` : name);

const lastContact = ({ date: on, about }) => joined(": ", date(on), about);

function contact(profile) {
  const pairs = facts([
    ["E-mail", profile.email],
    ["Phone", profile.phone],
    ["Language", profile.language],
    ["Prefers", preferences(profile.preferences)],
  ]);
  return pairs.childElementCount ? [pairs] : [];
}

function preferences(value) {
  if (!value || typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(words).join(", ");
  return Object.entries(value)
    .map(([name, choice]) => `${words(name)}: ${choice === true ? "yes" : choice === false ? "no" : words(choice)}`)
    .join(", ");
}

const joined = (separator, ...parts) => parts.filter(Boolean).join(separator);

const list = (value) => (Array.isArray(value) ? value : []);

const section = (name, items, draw) => items.length > 0 && el("section", { "data-part": name.toLowerCase() }, el("h4", {}, name), items.map(draw));

const row = (lead, text, trail = null) =>
  el("div", { class: "row" }, el("span", { class: "quiet" }, lead), el("span", {}, text ?? ""), trail);

const facts = (pairs) =>
  el(
    "dl",
    { class: "facts" },
    pairs.filter(([, value]) => value).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, String(value))]),
  );
