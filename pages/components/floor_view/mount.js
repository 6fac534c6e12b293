/** The supervisor's floor in a Streamlit component: a WebSocket gives the whole state, the view draws it. */

import { socketUrl } from "../socket.js";
import { openFeed } from "./feed.js";
import { newView } from "./view.js";

const mounts = new WeakMap();

/** Data is `{as, open}`: who looks, and the call they have open, if any. Clicks are told as `{name, call_id}`. */
export default function mountFloorView({ parentElement, data, setTriggerValue }) {
  let mount = mounts.get(parentElement);
  if (mount?.as !== data.as) {
    mount?.close();
    mount = openMount(parentElement, data.as);
    mounts.set(parentElement, mount);
  }
  mount.send = (name, call_id) => setTriggerValue("command", { name, call_id });
  mount.look(data.open ?? null);

  return () => {
    // Streamlit also cleans up after an invocation overtaken by the next one: then the place is still there.
    if (parentElement.isConnected) return;
    mounts.get(parentElement)?.close();
    mounts.delete(parentElement);
  };
}

function openMount(parentElement, as) {
  const mount = { as, send: null, look, close };
  let state = { floor: null, open: null, feed: { state: "connecting", message: "" } };
  const view = newView({ command: (name, callId) => mount.send(name, callId) });
  parentElement.append(view.root);
  const feed = openFeed({
    url: socketUrl(`floor?as=${encodeURIComponent(as)}`),
    onFloor: (floor) => change({ floor }),
    onStatus: (status) => change({ feed: status }),
  });

  function look(open) {
    change({ open });
  }

  function change(changes) {
    state = { ...state, ...changes };
    view.draw(state);
  }

  function close() {
    feed.close();
    view.close();
  }

  return mount;
}
