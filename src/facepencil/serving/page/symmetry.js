/**
 * Drawing on both sides of an upright axis.
 * @module
 */

import { moved } from "./stroke.js";

/** @typedef {import("./stroke.js").Stroke} Stroke */

/** The middle of the canvas, about which the mean face is symmetric. */
export const AXIS_PX = 256;
const ON_AXIS_PX = 1;

/**
 * The image of a stroke in a mirror that stands upright at x = `axis`.
 * @param {Stroke} stroke
 * @param {number} axis px
 */
export function mirrored(stroke, axis) {
  return moved(stroke, ([x, y]) => [2 * axis - x, y]);
}

/**
 * Strokes with their images; what lies along the axis has none of its own.
 * @param {readonly Stroke[]} strokes
 * @param {number | null} axis px; null where drawing is not symmetric.
 * @returns {Stroke[]}
 */
export function onBothSides(strokes, axis) {
  if (axis === null) return [...strokes];
  return strokes.flatMap((stroke) =>
    stroke.points.every(([x]) => Math.abs(x - axis) < ON_AXIS_PX)
      ? [stroke]
      : [stroke, mirrored(stroke, axis)],
  );
}
