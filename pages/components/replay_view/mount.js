/** A stored call in a Streamlit component: its events feed the live page's fold and view, by a clock of its own. */

import { isLive, transcript } from "../call_view/call.js";
import { deskFrom } from "../call_view/desk.js";
import { el, setText } from "../call_view/dom.js";
import { newView } from "../call_view/view.js";
import { newControls } from "./controls.js";
import { levelsAt, readPeaks } from "./levels.js";
import { newMoments } from "./marks.js";
import { newPlayer } from "./player.js";
import { newScrubber } from "./scrubber.js";
import { newSound } from "./sound.js";
import { newStates } from "./states.js";

const mounts = new WeakMap();
/** What speaks by itself on a live page, and is not to while somebody looks for a place in a call. */
const SPEAKING = "[aria-live], [role=status], [role=alert]";

/** As `call_view/mount.js`. */
export default function mountReplay({ parentElement, data }) {
  let mount = mounts.get(parentElement);
  if (mount?.callId !== data.call_id) {
    mount?.close();
    mount = openMount(parentElement, data.call_id, data.at_s);
    mounts.set(parentElement, mount);
  }
  mount.furnish(data);

  return () => {
    if (parentElement.isConnected) return;
    mounts.get(parentElement)?.close();
    mounts.delete(parentElement);
  };
}

function openMount(parentElement, callId, at_s) {
  const notice = el("p", { class: "empty", role: "status" }, "Loading the call…");
  const root = el("div", { class: "replay", "data-testid": "replay" }, notice);
  const mount = { callId, furnish, close };
  const stopping = new AbortController();
  let desk = deskFrom({});
  let shown = null;
  parentElement.append(root);

  function furnish(data) {
    desk = deskFrom(data, desk);
    shown?.refurnish();
  }

  function close() {
    stopping.abort();
    shown?.close();
    root.remove();
  }

  async function load() {
    const answer = await fetch(address(callId, "replay"), { signal: stopping.signal });
    const content = await answer.json();
    if (!answer.ok) throw new Error(content.error);
    if (!content.timeline) throw new Error("Nothing has happened in this call yet.");
    notice.remove();
    shown = openReplay({ root, content, at_s, desk: () => desk });
  }

  load().catch((error) => {
    if (error.name === "AbortError") return;
    root.prepend(notice);
    setText(notice, `This call cannot be replayed: ${error.message}`);
  });
  return mount;
}

function openReplay({ root, content: { call_id, timeline, events, sound: recorded }, at_s, desk }) {
  const states = newStates(call_id, events);
  const sound = recorded
    ? newSound({ url: address(call_id, "recording"), from_s: timeline.recorded_from_s, onLost: (why) => controls.say(`No sound: ${why}.`) })
    : null;
  const player = newPlayer({ duration_s: timeline.duration_s, quiet: timeline.quiet, sound });
  const controls = newControls({ player, changed: moved, link });
  const scrubber = newScrubber({ timeline, go });
  const moments = newMoments({ timeline, lines: transcript(states.at(timeline.duration_s)), go });
  const view = newView({ command: null });
  const lines = new Map(transcript(states.at(timeline.duration_s)).map((line) => [line.utterance_id, line]));
  let peaks = null;
  let frame = null;
  let jumps = 0;
  const stopping = new AbortController();

  for (const node of view.root.querySelectorAll(SPEAKING)) node.setAttribute("aria-live", "off");
  root.append(controls.node, scrubber.node, moments.node, view.root);
  view.root.addEventListener("click", (event) => {
    const row = event.target.closest?.("[data-utterance]");
    // Selecting words of a line is not going there.
    if (row && String(document.getSelection() ?? "") === "") go(lines.get(row.dataset.utterance).start_s);
  });
  controls.say(recorded ? "" : "No recording: words and marks only.");
  if (recorded) {
    readPeaks(address(call_id, "peaks"), stopping.signal).then((found) => {
      peaks = found;
      scrubber.setPeaks(found);
      schedule();
    });
  }

  function go(at_s) {
    player.seek(at_s);
    moved();
  }

  /** Keep the address at this moment, so that a reload comes back to it. */
  function moved() {
    if (!player.playing) history.replaceState(history.state, "", link(player.at_s));
    schedule();
  }

  function schedule() {
    frame ??= requestAnimationFrame(paint);
  }

  function stateOf(call, position_s) {
    return {
      call,
      desk: desk(),
      caughtUp: true,
      clock: { offset_s: position_s, at_ms: performance.now(), running: isLive(call) },
      levels: levelsAt({ call, timeline, peaks, at_s: position_s }),
      connections: {},
      typing: {},
      stream: { state: "closed", message: "" },
      pending: [],
      lost: null,
    };
  }

  function paint() {
    frame = null;
    const played = player.playing;
    player.step();
    const position_s = player.at_s;
    const jumped = player.jumps !== jumps;
    jumps = player.jumps;
    const call = states.at(position_s);
    // A moment looks the same however one came there: the record is scrolled as when it was found.
    if (jumped) view.draw(stateOf({ ...call, customer: null, candidates: [] }, position_s));
    view.draw(stateOf(call, position_s));
    if (jumped) scrollToLatest(view.root);
    scrubber.draw(position_s);
    controls.draw(position_s);
    root.dataset.atS = position_s.toFixed(3);
    if (player.playing) schedule();
    else if (played) moved();
  }

  player.seek(at_s ?? 0);
  schedule();

  return {
    refurnish() {
      scrubber.redraw();
      schedule();
    },
    close() {
      stopping.abort();
      cancelAnimationFrame(frame);
      player.close();
      controls.close();
      scrubber.close();
      view.close();
    },
  };
}

/** The latest words are at the end of the transcript, the latest cards on top. */
function scrollToLatest(view) {
  const words = view.querySelector(".transcript .scroller");
  const cards = view.querySelector(".suggestions .scroller");
  words.scrollTop = words.scrollHeight;
  cards.scrollTop = 0;
}

/** This page, at a moment of the call. */
function link(at_s) {
  const url = new URL(location.href);
  url.searchParams.set("at", at_s.toFixed(1));
  return url.href;
}

/** Beside this module's own address, so that it holds behind a path prefix too. */
const address = (callId, what) => new URL(`../../api/calls/${encodeURIComponent(callId)}/${what}`, import.meta.url);
