/**
 * The eraser: cuts out of strokes what lies under it.
 * @module
 */

import { distanceToLine } from "./fit.js";
import { cubicCount, cubics, distance, pointAt, polygonLength, stretch } from "./stroke.js";

/** @typedef {import("./stroke.js").Point} Point */
/** @typedef {import("./stroke.js").Stroke} Stroke */

const HALVINGS = 20;
const SHORTEST_PX = 0.5;

/**
 * What is left of strokes after a round eraser went from `a` to `b`. Untouched strokes stay the
 * same objects, in their places; the pieces of a cut one take its place.
 * @param {readonly Stroke[]} strokes
 * @param {Point} a
 * @param {Point} b
 * @param {number} radius px
 * @returns {Stroke[]}
 */
export function erased(strokes, a, b, radius) {
  /** @param {Point} point */
  const under = (point) => distanceToLine(point, a, b) < radius;
  return strokes.flatMap((stroke) =>
    reaches(stroke, a, b, radius) ? left(stroke, under, radius / 4) : [stroke],
  );
}

/**
 * Whether an eraser may touch a stroke: a cubic stays within its control points' box.
 * @param {Stroke} stroke
 * @param {Point} a
 * @param {Point} b
 * @param {number} radius
 */
function reaches({ points }, a, b, radius) {
  return [0, 1].every((axis) => {
    const least = Math.min(a[axis], b[axis]) - radius;
    const most = Math.max(a[axis], b[axis]) + radius;
    return points.some((one) => one[axis] > least) && points.some((one) => one[axis] < most);
  });
}

/**
 * @param {Stroke} stroke
 * @param {(point: Point) => boolean} under
 * @param {number} step
 */
function left(stroke, under, step) {
  if (!cubicCount(stroke)) return under(stroke.points[0]) ? [] : [stroke];
  const kept = spared(cubics(stroke), under, step);
  if (kept.length === 1 && kept[0][0] === 0 && kept[0][1] === cubicCount(stroke)) return [stroke];
  return kept
    .map(([from, to]) => stretch(stroke, from, to))
    .filter((one) => cubics(one).reduce((sum, c) => sum + polygonLength(c), 0) > SHORTEST_PX);
}

/**
 * The stretches that an eraser spares, as pairs of places counted in cubics.
 * @param {Point[][]} chain
 * @param {(point: Point) => boolean} under
 * @param {number} step
 */
function spared(chain, under, step) {
  /** @param {number} at */
  const gone = (at) => {
    const i = Math.min(Math.floor(at), chain.length - 1);
    return under(pointAt(chain[i], at - i));
  };
  /** @type {[number, number][]} */
  const kept = [];
  let before = 0;
  let start = gone(0) ? -1 : 0;
  for (const at of places(chain, step)) {
    if (start >= 0 && gone(at)) {
      kept.push([start, edge(before, at, gone)]);
      start = -1;
    } else if (start < 0 && !gone(at)) start = edge(at, before, gone);
    before = at;
  }
  if (start >= 0) kept.push([start, chain.length]);
  return kept.filter(([from, to]) => to - from > 1e-6);
}

/** @param {Point[][]} chain @param {number} step */
function places(chain, step) {
  return chain.flatMap((cubic, i) => {
    const count = Math.max(2, Math.ceil(polygonLength(cubic) / step));
    return Array.from({ length: count }, (_, k) => i + (k + 1) / count);
  });
}

/**
 * Where the eraser's edge lies between a spared place and one that is gone.
 * @param {number} kept
 * @param {number} lost
 * @param {(at: number) => boolean} gone
 */
function edge(kept, lost, gone) {
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (kept + lost) / 2;
    if (gone(middle)) lost = middle;
    else kept = middle;
  }
  return kept;
}

/**
 * Whether a place on the canvas is near a stroke.
 * @param {Stroke} stroke
 * @param {Point} point
 * @param {number} radius px
 */
export function touches(stroke, point, radius) {
  if (!cubicCount(stroke)) return distance(stroke.points[0], point) < radius;
  const near = left(stroke, (one) => distance(one, point) < radius, radius / 4);
  return near.length !== 1 || near[0] !== stroke;
}
