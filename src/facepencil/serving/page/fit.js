/**
 * The path of a pointer to cubics: least squares with reparameterisation, split where it is worst
 * (P. Schneider, Graphics Gems, 1990).
 * @module
 */

import { between, distance, pointAt } from "./stroke.js";

/** @typedef {import("./stroke.js").Point} Point */
/** @typedef {import("./stroke.js").Stroke} Stroke */

/**
 * @typedef {object} Sample
 * @property {number} x
 * @property {number} y
 * @property {number} pressure 0 to 1.
 */

const STEP_PX = 2;
const ROUNDS = 4;
const TANGENT_PX = 5;

/**
 * The stroke along a pointer's path.
 * @param {readonly Sample[]} samples At least one.
 * @param {{tolerance: number, smooth: boolean, pressure: boolean}} options How far the stroke may
 *   be from the path, px; cubics, or straight lines from place to place; whether to keep pressure.
 * @returns {Stroke}
 */
export function strokeOf(samples, { tolerance, smooth, pressure }) {
  const path = apart(samples);
  const places = path.map(place);
  if (places.length === 1) return withPressures({ points: places }, path, pressure);
  const points = smooth ? smoothed(places, tolerance) : straight(places, tolerance / 4);
  return withPressures({ points }, path, pressure);
}

/**
 * Cubics that keep within `tolerance` of a path.
 * @param {readonly Point[]} path At least two points, neighbours apart.
 * @param {number} tolerance px
 * @returns {Point[]}
 */
export function smoothed(path, tolerance) {
  const dense = densified(path);
  const last = dense.length - 1;
  const chain = [dense[0]];
  /** @type {[number, number, Point, Point][]} */
  const waiting = [[0, last, tangent(dense, 0, 1), tangent(dense, last, -1)]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [from, to, leaving, arriving] = next;
    const { cubic, worst, error } = fittedPiece(dense.slice(from, to + 1), leaving, arriving);
    if (error <= tolerance || to - from < 2) {
      chain.push(...cubic.slice(1));
      continue;
    }
    const cut = from + Math.min(Math.max(worst, 1), to - from - 1);
    const through = unit([
      dense[Math.min(cut + 2, to)][0] - dense[Math.max(cut - 2, from)][0],
      dense[Math.min(cut + 2, to)][1] - dense[Math.max(cut - 2, from)][1],
    ]);
    waiting.push([cut, to, through, arriving], [from, cut, leaving, opposite(through)]);
  }
  return chain;
}

/**
 * Straight cubics along a path, less the points that lie within `tolerance` of their neighbours'
 * line (Douglas and Peucker).
 * @param {readonly Point[]} path
 * @param {number} tolerance px
 * @returns {Point[]}
 */
export function straight(path, tolerance) {
  const kept = [path[0]];
  const waiting = [[0, path.length - 1]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [from, to] = next;
    const far = farthest(path, from, to);
    if (far.distance > tolerance) waiting.push([far.index, to], [from, far.index]);
    else kept.push(path[to]);
  }
  return kept.flatMap((point, i) =>
    i ? [between(kept[i - 1], point, 1 / 3), between(kept[i - 1], point, 2 / 3), point] : [point],
  );
}

/**
 * Distance of a point from a line between two others.
 * @param {Point} point
 * @param {Point} a
 * @param {Point} b
 */
export function distanceToLine(point, a, b) {
  const [x, y] = [b[0] - a[0], b[1] - a[1]];
  const length = x * x + y * y;
  const share = length ? ((point[0] - a[0]) * x + (point[1] - a[1]) * y) / length : 0;
  return distance(point, between(a, b, Math.min(1, Math.max(0, share))));
}

/** @param {Sample} sample @returns {Point} */
function place({ x, y }) {
  return [x, y];
}

/** @param {readonly Sample[]} samples */
function apart(samples) {
  return samples.filter((one, i) => !i || distance(place(one), place(samples[i - 1])) > 0.01);
}

/**
 * @param {readonly Point[]} path
 * @param {number} from
 * @param {number} to
 */
function farthest(path, from, to) {
  let found = { index: from, distance: 0 };
  for (let index = from + 1; index < to; index++) {
    const off = distanceToLine(path[index], path[from], path[to]);
    if (off > found.distance) found = { index, distance: off };
  }
  return found;
}

/** @param {readonly Point[]} path @returns {Point[]} */
function densified(path) {
  const dense = [path[0]];
  for (let i = 1; i < path.length; i++) {
    const count = Math.max(1, Math.ceil(distance(path[i - 1], path[i]) / STEP_PX));
    for (let k = 1; k <= count; k++) dense.push(between(path[i - 1], path[i], k / count));
  }
  return dense;
}

/**
 * Direction in which a path leaves one of its ends.
 * @param {readonly Point[]} path
 * @param {number} end
 * @param {1 | -1} step
 * @returns {Point}
 */
function tangent(path, end, step) {
  let other = end + step;
  while (path[other + step] && distance(path[end], path[other]) < TANGENT_PX) other += step;
  return unit([path[other][0] - path[end][0], path[other][1] - path[end][1]]);
}

/**
 * @param {readonly Point[]} path
 * @param {Point} leaving
 * @param {Point} arriving
 */
function fittedPiece(path, leaving, arriving) {
  let places = chordLengths(path);
  let cubic = leastSquares(path, places, leaving, arriving);
  for (let round = 0; round < ROUNDS; round++) {
    places = places.map((t, i) => nearer(cubic, path[i], t));
    cubic = leastSquares(path, places, leaving, arriving);
  }
  let [worst, error] = [0, 0];
  path.forEach((point, i) => {
    const off = distance(point, pointAt(cubic, places[i]));
    if (off > error) [worst, error] = [i, off];
  });
  return { cubic, worst, error };
}

/** @param {readonly Point[]} path */
function chordLengths(path) {
  const lengths = [0];
  for (let i = 1; i < path.length; i++) {
    lengths.push(lengths[i - 1] + distance(path[i - 1], path[i]));
  }
  return lengths.map((length) => length / lengths[lengths.length - 1]);
}

/**
 * The best cubic between the path's ends with the given directions there.
 * @param {readonly Point[]} path
 * @param {readonly number[]} places
 * @param {Point} leaving
 * @param {Point} arriving
 * @returns {Point[]}
 */
function leastSquares(path, places, leaving, arriving) {
  const [a, d] = [path[0], path[path.length - 1]];
  let [c00, c01, c11, x0, x1] = [0, 0, 0, 0, 0];
  places.forEach((t, i) => {
    const s = 1 - t;
    const [b1, b2] = [3 * s * s * t, 3 * s * t * t];
    const base = pointAt([a, a, d, d], t);
    const rest = /** @type {Point} */ ([path[i][0] - base[0], path[i][1] - base[1]]);
    c00 += b1 * b1;
    c01 += b1 * b2 * dot(leaving, arriving);
    c11 += b2 * b2;
    x0 += b1 * dot(rest, leaving);
    x1 += b2 * dot(rest, arriving);
  });
  const determinant = c00 * c11 - c01 * c01;
  const third = distance(a, d) / 3;
  let first = determinant > 1e-9 ? (x0 * c11 - x1 * c01) / determinant : third;
  let second = determinant > 1e-9 ? (x1 * c00 - x0 * c01) / determinant : third;
  if (!(first > 1e-3 && second > 1e-3)) [first, second] = [third, third];
  return [a, along(a, leaving, first), along(d, arriving, second), d];
}

/**
 * A step of Newton's method towards the place of the cubic that is nearest to a point.
 * @param {readonly Point[]} cubic
 * @param {Point} point
 * @param {number} t
 */
function nearer(cubic, point, t) {
  const [a, b, c, d] = cubic;
  const [at, s] = [pointAt(cubic, t), 1 - t];
  const [off, first, second] = [0, 1].reduce(
    ([o, f, g], k) => {
      const speed = 3 * (s * s * (b[k] - a[k]) + 2 * s * t * (c[k] - b[k]) + t * t * (d[k] - c[k]));
      const turn = 6 * (s * (c[k] - 2 * b[k] + a[k]) + t * (d[k] - 2 * c[k] + b[k]));
      const rest = at[k] - point[k];
      return [o + rest * speed, f + speed * speed, g + rest * turn];
    },
    [0, 0, 0],
  );
  const slope = first + second;
  return Math.abs(slope) < 1e-9 ? t : Math.min(1, Math.max(0, t - off / slope));
}

/**
 * @param {Stroke} stroke
 * @param {readonly Sample[]} path
 * @param {boolean} wanted
 * @returns {Stroke}
 */
function withPressures(stroke, path, wanted) {
  if (!wanted) return stroke;
  let from = 0;
  const pressures = stroke.points
    .filter((_, i) => i % 3 === 0)
    .map((end) => {
      let best = from;
      for (let i = from; i < path.length; i++) {
        if (distance(end, place(path[i])) < distance(end, place(path[best]))) best = i;
      }
      from = best;
      return path[best].pressure;
    });
  return { ...stroke, pressures };
}

/** @param {Point} from @param {Point} direction @param {number} length @returns {Point} */
function along(from, direction, length) {
  return [from[0] + direction[0] * length, from[1] + direction[1] * length];
}

/** @param {Point} a @param {Point} b */
function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1];
}

/** @param {Point} a @returns {Point} */
function opposite(a) {
  return [-a[0], -a[1]];
}

/** @param {Point} a @returns {Point} */
function unit(a) {
  const length = Math.hypot(a[0], a[1]);
  return length ? [a[0] / length, a[1] / length] : [1, 0];
}
