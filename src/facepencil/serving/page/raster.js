/**
 * Strokes to the input of a painter, the same pixels as by facepencil.strokes.raster and .pen.
 * @module
 */

import { CANVAS_PX } from "./stroke.js";

/** @typedef {import("./stroke.js").Point} Point */
/** @typedef {[number, number]} Place A pixel of the raster, or beyond. */

/** Line segments a cubic; a power of two, so that the weights are exact. */
const STEPS = 16;
/** Points are rounded to 1/256 px. */
const FINE = 256;

const WEIGHTS = Array.from({ length: STEPS + 1 }, (_, i) => {
  const t = i / STEPS;
  const s = 1 - t;
  return [s * s * s, 3 * t * s * s, 3 * t * t * s, t * t * t];
});

/**
 * What a painter sees: stroke 1 and paper 0.
 * @param {readonly (readonly Point[])[]} chains Points of strokes, canvas px.
 * @param {number} rasterPx Side at which lines are drawn; a multiple of `size`.
 * @param {number} size Side of the painter's input.
 */
export function painterInput(chains, rasterPx, size) {
  const raster = rasterized(chains, rasterPx);
  const factor = rasterPx / size;
  const share = Math.fround(1 / (factor * factor));
  return Float32Array.from({ length: size * size }, (_, i) => {
    const first = Math.floor(i / size) * factor * rasterPx + (i % size) * factor;
    let sum = 0;
    for (let y = 0; y < factor; y++) {
      for (let x = 0; x < factor; x++) sum += raster[first + y * rasterPx + x];
    }
    return Math.min(even(sum * share) * (factor / 255), 1);
  });
}

/**
 * Strokes of one px without anti-aliasing: 255 on 0.
 * @param {readonly (readonly Point[])[]} chains
 * @param {number} size Side of the raster.
 */
export function rasterized(chains, size) {
  const canvas = new Uint8Array(size * size);
  for (const chain of chains) {
    const grid = chain.map((point) => point.map((value) => onGrid(value, size)));
    for (let i = 0; i < Math.max(grid.length - 1, 1); i += 3) {
      const cubic = [0, 1, 2, 3].map((k) => grid[Math.min(i + k, grid.length - 1)]);
      /** @type {Place[]} */
      const line = WEIGHTS.map((own) => [pixel(own, cubic, 0), pixel(own, cubic, 1)]);
      for (let k = 0; k < STEPS; k++) drawLine(canvas, size, line[k], line[k + 1]);
    }
  }
  return canvas;
}

/** @param {number} value @param {number} size */
function onGrid(value, size) {
  return even((Math.fround(value) * (size * FINE)) / CANVAS_PX - FINE / 2);
}

/** @param {readonly number[]} weights @param {number[][]} cubic @param {0 | 1} axis */
function pixel(weights, cubic, axis) {
  const sum = weights.reduce((total, weight, i) => total + weight * cubic[i][axis], 0);
  return Math.floor(even(sum) / FINE + 0.5);
}

/** To the nearest whole number, of two the even one. @param {number} value */
export function even(value) {
  const below = Math.floor(value);
  const over = value - below;
  return over > 0.5 || (over === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/**
 * A line as OpenCV draws it: Bresenham's between whole px, from left to right.
 * @param {Uint8Array} canvas
 * @param {number} size
 * @param {Place} from
 * @param {Place} to
 */
function drawLine(canvas, size, from, to) {
  const ends = clipped([...from], [...to], size - 1);
  if (!ends) return;
  const [[x, y], last] = ends[0][0] > ends[1][0] ? [ends[1], ends[0]] : ends;
  const [dx, dy] = [last[0] - x, Math.abs(last[1] - y)];
  const down = last[1] < y ? -size : size;
  const [long, short] = dx >= dy ? [dx, dy] : [dy, dx];
  const [along, across] = dx >= dy ? [1, down] : [down, 1];
  let at = y * size + x;
  let error = long - 2 * short;
  for (let left = long; left >= 0; left--) {
    canvas[at] = 255;
    at += error < 0 ? along + across : along;
    error += error < 0 ? 2 * long - 2 * short : -2 * short;
  }
}

/**
 * The part of a line that lies on the canvas, as by OpenCV's clipLine; null where there is none.
 * @param {Place} a
 * @param {Place} b
 * @param {number} most Greatest coordinate.
 * @returns {[Place, Place] | null}
 */
function clipped(a, b, most) {
  if (besides(a, b, 0, most) || besides(a, b, 1, most)) return null;
  for (const axis of /** @type {const} */ ([1, 0])) {
    moveInside(a, b, axis, most);
    moveInside(b, a, axis, most);
    if (besides(a, b, 0, most)) return null;
  }
  return [a, b];
}

/**
 * Whether both ends lie off the canvas on one side.
 * @param {Place} a
 * @param {Place} b
 * @param {0 | 1} axis
 * @param {number} most
 */
function besides(a, b, axis, most) {
  return Math.max(a[axis], b[axis]) < 0 || Math.min(a[axis], b[axis]) > most;
}

/**
 * Moves an end along its line to the nearest border, if it lies off it.
 * @param {Place} end
 * @param {Place} other
 * @param {0 | 1} axis
 * @param {number} most
 */
function moveInside(end, other, axis, most) {
  const to = Math.min(Math.max(end[axis], 0), most);
  if (to === end[axis]) return;
  const across = axis ? 0 : 1;
  const rise = other[across] - end[across];
  end[across] += Math.trunc(((to - end[axis]) * rise) / (other[axis] - end[axis]));
  end[axis] = to;
}
