/** The time line: both voices, the marks above them, and a head that can be dragged. */

import { el, setAttribute } from "../call_view/dom.js";
import { clock } from "../call_view/format.js";
import { newLanes } from "./marks.js";
import { newWaveform } from "./waveform.js";

/** `go(at_s)` seeks. */
export function newScrubber({ timeline, go }) {
  const waveform = newWaveform();
  const head = el("div", { class: "head", "aria-hidden": "true" });
  const track = el(
    "div",
    {
      class: "track",
      role: "slider",
      tabindex: "0",
      "aria-label": "Position in the call",
      "aria-valuemin": 0,
      "aria-valuemax": Math.round(timeline.duration_s),
      "data-testid": "track",
    },
    waveform.canvas,
    el("span", { class: "voice", "data-party": "customer", "aria-hidden": "true" }, "Customer"),
    el("span", { class: "voice", "data-party": "agent", "aria-hidden": "true" }, "Agent"),
  );
  const lanes = newLanes({ timeline, go });
  const node = el("div", { class: "scrubber" }, lanes, track, head);
  let drawn = null;
  let peaks = null;

  track.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    track.setPointerCapture(event.pointerId);
    goTo(event);
  });
  track.addEventListener("pointermove", (event) => {
    if (track.hasPointerCapture(event.pointerId)) goTo(event);
  });

  function goTo({ clientX }) {
    const { left, width } = track.getBoundingClientRect();
    go(((clientX - left) / (width || 1)) * timeline.duration_s);
  }

  function redraw() {
    waveform.draw({ timeline, peaks });
  }

  const resized = new ResizeObserver(redraw);
  resized.observe(track);

  return {
    node,
    /** In the colours of another theme, too. */
    redraw,
    setPeaks(found) {
      peaks = found;
      redraw();
    },
    draw(at_s) {
      if (at_s === drawn) return;
      drawn = at_s;
      head.style.left = `${(100 * at_s) / (timeline.duration_s || 1)}%`;
      setAttribute(track, "aria-valuenow", Math.round(at_s));
      setAttribute(track, "aria-valuetext", `${clock(at_s)} of ${clock(timeline.duration_s)}`);
    },
    close: () => resized.disconnect(),
  };
}
