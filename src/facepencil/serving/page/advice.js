/**
 * What a person should know of where the lines of a drawing lie, as facepencil.serving.drawing
 * says it.
 * @module
 */

import { even } from "./raster.js";
import { CANVAS_PX } from "./stroke.js";

/** @typedef {import("./stroke.js").Point} Point */

/** Shares of the canvas's side: what a face should extend over, and how far off its middle may be. */
const TINY = 0.3;
const FAR = 0.2;

/**
 * One sentence; empty if all is well.
 * @param {readonly (readonly Point[])[]} chains Points of strokes, at least one.
 */
export function adviceOn(chains) {
  const ends = chains.flatMap((points) => points.filter((_, i) => i % 3 === 0));
  const axes = [0, 1].map((axis) => ends.map((point) => Math.fround(point[axis])));
  const least = axes.map((values) => Math.min(...values));
  const most = axes.map((values) => Math.max(...values));
  const extent = Math.max(most[0] - least[0], most[1] - least[1]) / CANVAS_PX;
  const off = Math.max(...[0, 1].map((i) => Math.abs(least[i] + most[i] - CANVAS_PX)));
  if (extent < TINY) {
    const wanted = "of the picture, which a face should fill";
    return `The drawing is tiny: its lines extend over ${percent(extent)} ${wanted}.`;
  }
  const share = off / 2 / CANVAS_PX;
  if (share <= FAR) return "";
  const away = `${percent(share)} of the picture away from the picture's`;
  return `The drawing is off-centre: its lines' middle is ${away}.`;
}

/** @param {number} share */
function percent(share) {
  return `${even(share * 100)}%`;
}
