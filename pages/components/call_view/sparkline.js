/** How something went, as a small line: -1 at the bottom, 1 on top, the neutral middle dashed. */

import { svg } from "./dom.js";

const WIDTH = 120;
const HEIGHT = 28;
const EDGE = 3;
const CLEAR = 0.25;

/** A score between -1 and 1 in a word. */
export const mood = (score) => (score >= CLEAR ? "positive" : score <= -CLEAR ? "negative" : "neutral");

/** `points` are pairs of seconds and score, in order of time; `label` says in words what is drawn. */
export function sparkline(points, label) {
  const [from_s, to_s] = [points[0][0], points.at(-1)[0]];
  const x = (at_s) => EDGE + ((at_s - from_s) / (to_s - from_s || 1)) * (WIDTH - 2 * EDGE);
  const y = (score) => EDGE + ((1 - score) / 2) * (HEIGHT - 2 * EDGE);
  const places = points.map(([at_s, score]) => [x(at_s).toFixed(1), y(score).toFixed(1)]);
  const [lastX, lastY] = places.at(-1);
  return svg(
    "svg",
    { class: "sparkline", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, role: "img", "aria-label": label },
    svg("line", { x1: 0, x2: WIDTH, y1: HEIGHT / 2, y2: HEIGHT / 2 }),
    svg("polyline", { points: places.map((place) => place.join(",")).join(" ") }),
    svg("circle", { cx: lastX, cy: lastY, r: 2.5 }),
  );
}
