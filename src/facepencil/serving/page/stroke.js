/**
 * A stroke: a chain of cubics on the square canvas of 512 px, x to the right and y down.
 * @module
 */

/** @typedef {readonly [number, number]} Point */

/**
 * @typedef {object} Stroke
 * @property {readonly Point[]} points 3n + 1 of them: end, control, control, end ...; one is a dot.
 * @property {readonly number[]} [pressures] One an end, 0 to 1; absent where lines have one width.
 * @property {number} [group] Strokes of one group move together.
 */

export const CANVAS_PX = 512;

/**
 * How many cubics a stroke has; 0 for a dot.
 * @param {Stroke} stroke
 */
export function cubicCount(stroke) {
  return (stroke.points.length - 1) / 3;
}

/**
 * @param {Point} a
 * @param {Point} b
 * @param {number} share 0 gives a, 1 gives b.
 * @returns {Point}
 */
export function between(a, b, share) {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
}

/**
 * @param {Point} a
 * @param {Point} b
 */
export function distance(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

/**
 * The two cubics into which de Casteljau's construction cuts one at t.
 * @param {readonly Point[]} cubic
 * @param {number} t
 * @returns {[Point[], Point[]]}
 */
export function split(cubic, t) {
  const [a, b, c, d] = cubic;
  const ab = between(a, b, t);
  const bc = between(b, c, t);
  const cd = between(c, d, t);
  const abc = between(ab, bc, t);
  const bcd = between(bc, cd, t);
  const middle = between(abc, bcd, t);
  return [
    [a, ab, abc, middle],
    [middle, bcd, cd, d],
  ];
}

/**
 * The point of a cubic at t.
 * @param {readonly Point[]} cubic
 * @param {number} t
 * @returns {Point}
 */
export function pointAt(cubic, t) {
  const s = 1 - t;
  const weights = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
  let x = 0;
  let y = 0;
  for (let i = 0; i < 4; i++) {
    x += weights[i] * cubic[i][0];
    y += weights[i] * cubic[i][1];
  }
  return [x, y];
}

/**
 * The cubics of a stroke, four points each.
 * @param {Stroke} stroke
 * @returns {Point[][]}
 */
export function cubics(stroke) {
  return Array.from({ length: cubicCount(stroke) }, (_, i) =>
    stroke.points.slice(3 * i, 3 * i + 4),
  );
}

/**
 * Points along a stroke, at most `step` px apart, with the pressure at each.
 * @param {Stroke} stroke
 * @param {number} step
 * @returns {[number, number, number][]}
 */
export function sampled(stroke, step) {
  const { points, pressures = [] } = stroke;
  /** @type {[number, number, number][]} */
  const samples = [[...points[0], pressures[0] ?? 0.5]];
  cubics(stroke).forEach((cubic, i) => {
    const count = Math.max(1, Math.ceil(polygonLength(cubic) / step));
    for (let k = 1; k <= count; k++) {
      samples.push([...pointAt(cubic, k / count), pressureAt(stroke, i + k / count)]);
    }
  });
  return samples;
}

/**
 * The pressure at place `at`, counted in cubics; one half where none is known.
 * @param {Stroke} stroke
 * @param {number} at
 */
export function pressureAt({ pressures }, at) {
  if (!pressures) return 0.5;
  const i = Math.min(Math.floor(at), pressures.length - 2);
  return i < 0 ? pressures[0] : pressures[i] + (pressures[i + 1] - pressures[i]) * (at - i);
}

/**
 * The stretch of a stroke between two places, counted in cubics: 1.5 is the middle of the second.
 * @param {Stroke} stroke
 * @param {number} from
 * @param {number} to Greater than `from`.
 * @returns {Stroke}
 */
export function stretch(stroke, from, to) {
  const first = Math.floor(from);
  const last = Math.ceil(to) - 1;
  const kept = cubics(stroke).slice(first, last + 1);
  kept[kept.length - 1] = split(kept[kept.length - 1], to - last)[0];
  const start = (from - first) / (last === first ? to - first : 1);
  kept[0] = split(kept[0], start)[1];
  const points = [kept[0][0], ...kept.flatMap((cubic) => cubic.slice(1))];
  if (!stroke.pressures) return { ...stroke, points };
  const ends = [from, ...kept.slice(1).map((_, i) => first + 1 + i), to];
  return { ...stroke, points, pressures: ends.map((at) => pressureAt(stroke, at)) };
}

/**
 * A stroke whose points have all been moved.
 * @param {Stroke} stroke
 * @param {(point: Point) => Point} move
 * @returns {Stroke}
 */
export function moved(stroke, move) {
  return { ...stroke, points: stroke.points.map(move) };
}

/**
 * Points as a painter is given them, to a hundredth of a px.
 * @param {Stroke} stroke
 * @returns {Point[]}
 */
export function rounded({ points }) {
  return points.map(([x, y]) => [Math.round(x * 100) / 100, Math.round(y * 100) / 100]);
}

/**
 * The box around strokes: left, top, right, bottom.
 * @param {readonly Stroke[]} strokes At least one.
 */
export function bounds(strokes) {
  const xs = strokes.flatMap((one) => one.points.map((point) => point[0]));
  const ys = strokes.flatMap((one) => one.points.map((point) => point[1]));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/**
 * Length of a cubic's control polygon, at least that of the cubic.
 * @param {readonly Point[]} cubic
 */
export function polygonLength(cubic) {
  return distance(cubic[0], cubic[1]) + distance(cubic[1], cubic[2]) + distance(cubic[2], cubic[3]);
}
