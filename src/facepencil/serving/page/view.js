/**
 * Which part of the canvas is seen: zoom and pan, apart from the size of the pane.
 * @module
 */

import { CANVAS_PX } from "./stroke.js";

/** @typedef {import("./stroke.js").Point} Point */

const LARGEST = 8;

/**
 * @typedef {object} View
 * @property {number} zoom 1 shows the whole canvas; at most 8.
 * @property {number} x Left edge of what is seen, canvas px.
 * @property {number} y Its upper edge.
 */

/** @type {View} */
export const WHOLE = { zoom: 1, x: 0, y: 0 };

/**
 * The place on the canvas under a place on the pane.
 * @param {View} view
 * @param {Point} place From the pane's corner, as shares of its sides.
 * @returns {Point}
 */
export function onCanvas(view, place) {
  const side = CANVAS_PX / view.zoom;
  return [view.x + place[0] * side, view.y + place[1] * side];
}

/**
 * Zooms so that what is under a place stays there.
 * @param {View} view
 * @param {number} factor
 * @param {Point} place As in `onCanvas`.
 * @returns {View}
 */
export function zoomed(view, factor, place) {
  const zoom = Math.min(LARGEST, Math.max(1, view.zoom * factor));
  const [x, y] = onCanvas(view, place);
  const side = CANVAS_PX / zoom;
  return within({ zoom, x: x - place[0] * side, y: y - place[1] * side });
}

/**
 * Moves what is seen along with a finger.
 * @param {View} view
 * @param {Point} by As shares of the pane's sides.
 * @returns {View}
 */
export function panned(view, by) {
  const side = CANVAS_PX / view.zoom;
  return within({ ...view, x: view.x - by[0] * side, y: view.y - by[1] * side });
}

/** @param {View} view @returns {View} */
function within({ zoom, x, y }) {
  const most = CANVAS_PX - CANVAS_PX / zoom;
  return { zoom, x: Math.min(most, Math.max(0, x)), y: Math.min(most, Math.max(0, y)) };
}
