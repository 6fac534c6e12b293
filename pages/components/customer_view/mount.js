/** The customer's call in a Streamlit component: a WebSocket feeds the view, and carries what the customer does. */

import { socketUrl } from "../socket.js";
import { openLine } from "./line.js";
import { newView } from "./view.js";

const CLOCK_TICK_MS = 500;
const mounts = new WeakMap();

/** Streamlit calls this when the component appears and again after every script run; see call_view/mount.js. */
export default function mountCustomerView({ parentElement, data, setTriggerValue }) {
  let mount = mounts.get(parentElement);
  if (mount?.visitId !== data.visit_id) {
    mount?.close();
    mount = openMount(parentElement, data.visit_id);
    mounts.set(parentElement, mount);
  }
  mount.live = data.live;
  mount.tell = (name) => setTriggerValue("event", name);
  mount.schedule();

  return () => {
    if (parentElement.isConnected) return;
    mounts.get(parentElement)?.close();
    mounts.delete(parentElement);
  };
}

function openMount(parentElement, visitId) {
  const mount = { visitId, live: false, tell: null, schedule, close };
  let state = { call: null, drawnAt_ms: 0, level: null, microphone: null, line: { state: "connecting" }, problem: "", leaving: false };
  let frame = null;
  let endTold = false;
  const seen = new Set();

  const line = openLine({
    url: socketUrl(`customer/${encodeURIComponent(visitId)}`),
    onMessage({ type, data }) {
      if (type === "State") change({ call: data, drawnAt_ms: performance.now() });
      else if (type === "Levels") change({ level: data });
      else if (type === "Connection") change({ microphone: data.state });
      else if (type === "Error") change({ problem: data.message, leaving: false });
    },
    onStatus: (status) => change({ line: status }),
  });
  const view = newView({
    send(type, data) {
      if (state.problem) change({ problem: "" });
      const sent = line.send(type, data);
      // What was said is settled before the call ends, which the customer need not wait for.
      if (sent && type === "HangUp") change({ leaving: true });
      return sent;
    },
    again: () => mount.tell("again"),
  });
  parentElement.append(view.root);
  const ticking = setInterval(schedule, CLOCK_TICK_MS);

  function change(changes) {
    state = { ...state, ...changes };
    schedule();
  }

  function schedule() {
    frame ??= requestAnimationFrame(paint);
  }

  function paint() {
    frame = null;
    view.draw(state);
    if (state.call === null) return;
    for (const { message_id, mine } of state.call.messages) {
      if (!mine && !seen.has(message_id) && line.send("Seen", { message_id })) seen.add(message_id);
    }
    if (state.call.phase === "ended" && mount.live && !endTold) {
      endTold = true;
      mount.tell("ended");
    }
  }

  function close() {
    line.close();
    clearInterval(ticking);
    cancelAnimationFrame(frame);
  }

  return mount;
}
