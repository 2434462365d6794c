import { distanceToLine } from "../../../src/facepencil/serving/page/fit.js";
import { sampled } from "../../../src/facepencil/serving/page/stroke.js";

/** @typedef {import("../../../src/facepencil/serving/page/stroke.js").Point} Point */
/** @typedef {import("../../../src/facepencil/serving/page/stroke.js").Stroke} Stroke */

/**
 * The farthest that points lie from a line through others.
 * @param {readonly (readonly number[])[]} points
 * @param {readonly (readonly number[])[]} line
 */
export function farthestFrom(points, line) {
  const places = /** @type {Point[]} */ (line);
  const distances = points.map((point) =>
    places
      .slice(1)
      .reduce(
        (least, to, i) =>
          Math.min(least, distanceToLine(/** @type {Point} */ (point), places[i], to)),
        Infinity,
      ),
  );
  return Math.max(...distances);
}

/**
 * The farthest that a stroke and a path lie from each other, px.
 * @param {Stroke} stroke
 * @param {readonly (readonly number[])[]} path
 */
export function apartness(stroke, path) {
  const line = sampled(stroke, 0.5);
  return Math.max(farthestFrom(path, line), farthestFrom(line, path));
}

/**
 * Numbers in [0, 1) that are the same on each run (mulberry32).
 * @param {number} seed
 */
export function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A wavy path as hands draw it, with some noise.
 * @param {number} seed
 */
export function scribble(seed) {
  const next = random(seed);
  const [a, b, c] = [1 + 3 * next(), 1 + 5 * next(), 40 + 120 * next()];
  return Array.from({ length: 20 + Math.floor(180 * next()) }, (_, i) => ({
    x: 256 + c * Math.cos(i / (10 * a)) + next() - 0.5,
    y: 256 + c * Math.sin(i / (10 * b)) + next() - 0.5,
    pressure: next(),
  }));
}
