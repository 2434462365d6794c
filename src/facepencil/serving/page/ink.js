/**
 * How strokes look; the model sees none of this.
 * @module
 */

import { cubicCount, cubics, sampled } from "./stroke.js";
import { getStroke } from "./vendor/perfect-freehand.js";

/** @typedef {import("./stroke.js").Stroke} Stroke */

export const LINE_PX = 2.4;
const WIDEST = 2.2;

/** @type {WeakMap<Stroke, Path2D>} */
const paths = new WeakMap();

/**
 * Draws strokes in the context's current colour.
 * @param {CanvasRenderingContext2D} context Scaled to canvas px.
 * @param {Iterable<Stroke>} strokes
 * @param {number} [width] Of the lines, px.
 */
export function draw(context, strokes, width = LINE_PX) {
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    if (stroke.pressures) context.fill(pathOf(stroke));
    else context.stroke(pathOf(stroke));
  }
}

/** @param {Stroke} stroke */
function pathOf(stroke) {
  let path = paths.get(stroke);
  if (!path) {
    path = stroke.pressures ? outline(stroke) : middle(stroke);
    paths.set(stroke, path);
  }
  return path;
}

/** @param {Stroke} stroke */
function middle(stroke) {
  const path = new Path2D();
  path.moveTo(...stroke.points[0]);
  if (!cubicCount(stroke)) path.lineTo(...stroke.points[0]);
  for (const [, b, c, d] of cubics(stroke)) path.bezierCurveTo(...b, ...c, ...d);
  return path;
}

/** @param {Stroke} stroke */
function outline(stroke) {
  const path = new Path2D();
  const corners = getStroke(sampled(stroke, 3), {
    size: LINE_PX * WIDEST,
    thinning: 0.8,
    smoothing: 0.5,
    streamline: 0,
    simulatePressure: false,
    last: true,
  });
  corners.forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
  path.closePath();
  return path;
}
