/** The live call in a Streamlit component: a WebSocket feeds the fold, the fold feeds the view. */

import { socketUrl } from "../socket.js";
import { fold, isLive, newCall } from "./call.js";
import { newOutbox } from "./commands.js";
import { deskFrom } from "./desk.js";
import { afterCallS } from "./elapsed.js";
import { newSeen } from "./seen.js";
import { openStream } from "./stream.js";
import { newView } from "./view.js";

const CLOCK_TICK_MS = 500;
const mounts = new WeakMap();

/**
 * Streamlit calls this when the component appears and again whenever its data or the theme change. It runs the clean-up
 * when the component goes, but also that of an invocation overtaken by the next one: then the place is still there.
 */
export default function mountCallView({ parentElement, data, setTriggerValue }) {
  let mount = mounts.get(parentElement);
  const reading = data.reading ?? false;
  if (mount?.callId !== data.call_id || mount.reading !== reading) {
    mount?.close();
    mount = openMount(parentElement, data.call_id, reading);
    mounts.set(parentElement, mount);
  }
  mount.furnish(data);
  mount.send = (commands) => setTriggerValue("command", commands);

  return () => {
    if (parentElement.isConnected) return;
    mounts.get(parentElement)?.close();
    mounts.delete(parentElement);
  };
}

/** `reading`: whoever looks takes no part, so nothing is sent from here. */
function openMount(parentElement, callId, reading) {
  const mount = { callId, reading, send: null, furnish, close };
  const arrived = [];
  let state = {
    call: newCall(callId),
    desk: deskFrom({}),
    caughtUp: false,
    clock: null,
    levels: {},
    connections: {},
    typing: {},
    lost: null,
    stream: { state: "connecting", message: "" },
    pending: [],
  };
  let frame = null;
  let endTold = false;
  let customerTold = null;

  const outbox = newOutbox({ send: (commands) => mount.send(commands), onGiveUp: (lost) => change({ lost }) });
  const tell = (type, data = {}) => stream.send({ type, data });
  const seen = newSeen({ tell });
  const view = newView({
    command: reading ? null : command,
    tell,
  });
  parentElement.append(view.root);

  const stream = openStream({
    urlAfter: (seq) => socketUrl(`live/${encodeURIComponent(callId)}?after=${seq}`),
    onEvent(wire) {
      arrived.push(wire);
      // A backlog is drawn once, when all of it is here.
      if (state.caughtUp) schedule();
    },
    onMessage({ type, data }) {
      if (type === "CaughtUp") {
        seen.forget();
        change({ caughtUp: true, clock: { offset_s: data.offset_s, at_ms: performance.now(), running: data.live } });
      } else if (type === "Levels") change({ levels: data });
      else if (type === "Connections") change({ connections: data });
      else if (type === "Typing") change({ typing: data });
    },
    onStatus: (status) => change({ stream: status }),
  });
  document.addEventListener("visibilitychange", schedule);
  const ticking = setInterval(() => {
    if (isLive(state.call) || afterCallS(state.call) !== null) schedule();
  }, CLOCK_TICK_MS);

  /** Streamlit's data, anew on every script run. */
  function furnish(data) {
    const desk = deskFrom(data, state.desk);
    if (desk !== state.desk) change({ desk });
  }

  function command(name, fields) {
    const taken = outbox.push(name, fields);
    schedule();
    return taken;
  }

  function change(changes) {
    state = { ...state, ...changes };
    schedule();
  }

  function schedule() {
    frame ??= requestAnimationFrame(paint);
  }

  function paint() {
    frame = null;
    if (state.caughtUp && arrived.length) state = { ...state, call: fold(state.call, arrived.splice(0)) };
    if (!reading) tellProgress();
    outbox.settle(state.call);
    state = { ...state, pending: outbox.pending };
    view.draw(state);
  }

  function tellProgress() {
    const customerId = state.call.customer?.customer_id ?? null;
    if (customerId !== customerTold && isLive(state.call)) {
      customerTold = customerId;
      outbox.push("identified", { customer_id: customerId });
    }
    if (state.call.end_reason !== null && !endTold) {
      endTold = true;
      outbox.push("ended");
    }
    seen.look(state.call);
  }

  function close() {
    document.removeEventListener("visibilitychange", schedule);
    stream.close();
    clearInterval(ticking);
    cancelAnimationFrame(frame);
    view.close();
  }

  schedule();
  return mount;
}
