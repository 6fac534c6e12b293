/** Both voices over the whole call, drawn once per size: customer above, agent below, and how the words felt. */

const PARTIES = ["customer", "agent"];
const HEIGHT_PX = 96;

/** `draw({timeline, peaks})`; without `peaks`, where somebody spoke is all there is to see. */
export function newWaveform() {
  const canvas = document.createElement("canvas");
  canvas.className = "waveform";
  canvas.setAttribute("aria-hidden", "true");

  function draw({ timeline, peaks }) {
    const width = canvas.clientWidth;
    if (!width) return;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(HEIGHT_PX * scale);
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    const x = (at_s) => (at_s / (timeline.duration_s || 1)) * width;
    const block = ({ start_s, end_s }, top, height) =>
      context.fillRect(x(start_s), top, Math.max(1, x(end_s) - x(start_s)), height);

    context.fillStyle = colour("--hold");
    for (const span of timeline.holds) block(span, 0, HEIGHT_PX);
    if (timeline.ended_s !== null) {
      context.fillStyle = colour("--after");
      block({ start_s: timeline.ended_s, end_s: timeline.duration_s }, 0, HEIGHT_PX);
    }
    PARTIES.forEach((party, lane) => {
      const middle = HEIGHT_PX * (0.25 + 0.5 * lane);
      const reach = HEIGHT_PX * 0.23;
      const levels = peaks?.parties[party];
      context.fillStyle = colour(`--${party}`);
      context.globalAlpha = levels ? 0.22 : 0.6;
      for (const span of timeline.speech[party]) block(span, middle - reach, 2 * reach);
      context.globalAlpha = 1;
      context.fillRect(0, middle - 0.5, width, 1);
      if (levels) drawLevels(context, levels, { width, middle, reach, timeline, peaks });
    });
    drawSentiment(context, timeline.sentiment, x, colour("--ink"));
  }

  return { canvas, draw };
}

/** One column per pixel, as high as the loudest moment in it; the root lifts quiet voices. */
function drawLevels(context, levels, { width, middle, reach, timeline, peaks }) {
  const perPixel_s = timeline.duration_s / width;
  for (let column = 0; column < width; column += 1) {
    const from = Math.floor((column * perPixel_s - timeline.recorded_from_s) * peaks.per_s);
    const to = Math.max(from + 1, Math.floor(((column + 1) * perPixel_s - timeline.recorded_from_s) * peaks.per_s));
    let loudest = 0;
    for (let each = Math.max(0, from); each < Math.min(levels.length, to); each += 1) {
      if (levels[each] > loudest) loudest = levels[each];
    }
    const height = Math.sqrt(loudest / 255) * reach;
    if (height > 0.5) context.fillRect(column, middle - height, 1, 2 * height);
  }
}

/** A line along the middle, up where words were kind and down where they were not. */
function drawSentiment(context, points, x, colour) {
  if (points.length < 2) return;
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.setLineDash([4, 3]);
  context.beginPath();
  points.forEach(([at_s, score], index) => {
    const y = HEIGHT_PX * (0.5 - 0.2 * score);
    if (index) context.lineTo(x(at_s), y);
    else context.moveTo(x(at_s), y);
  });
  context.stroke();
  context.setLineDash([]);
}
