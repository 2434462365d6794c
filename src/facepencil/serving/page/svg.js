/**
 * Drawings as SVG.
 * @module
 */

import { between, CANVAS_PX } from "./stroke.js";

/** @typedef {import("./stroke.js").Point} Point */
/** @typedef {import("./stroke.js").Stroke} Stroke */

const PAPER = '<rect width="100%" height="100%" fill="white"/>';
const PLAIN_PATH = /^[MLC\d\s.,e+-]*$/;
/** Anything else than what `toSvg` writes, and comments, in which all may be. */
const FOREIGN = /<(?!\/|\?xml|(?:svg|metadata|g|path)\b)|transform=/;

/**
 * Path data of a stroke; a dot is a line of no length, which round caps make visible.
 * @param {Stroke} stroke
 */
export function pathData({ points }) {
  const [start, ...rest] = points.map(([x, y]) => `${round(x)} ${round(y)}`);
  return rest.length ? `M${start}C${rest.join(" ")}` : `M${start}L${start}`;
}

/**
 * An SVG document: one path a stroke, black on white.
 * @param {readonly Stroke[]} strokes
 * @param {{line?: number, about?: Record<string, string>}} [options] Width of the lines, px; what
 *   the metadata say.
 */
export function toSvg(strokes, { line = 3, about = {} } = {}) {
  const paths = strokes.map((one) => `<path d="${pathData(one)}"/>`);
  const facts = Object.entries(about).map(([key, text]) => `${key}: ${text}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${CANVAS_PX} ${CANVAS_PX}">`,
    `<metadata>${escaped(facts.join("\n"))}</metadata>`,
    PAPER,
    `<g fill="none" stroke="black" stroke-width="${line}" stroke-linecap="round" ` +
      'stroke-linejoin="round">',
    ...paths,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

/**
 * The strokes of a document as `toSvg` or the pipeline writes it: paths of moves, lines and cubics
 * on this canvas. Null for any other document, which the server can read.
 * @param {string} text
 * @returns {Stroke[] | null}
 */
export function fromPlainSvg(text) {
  const page = `viewBox="0 0 ${CANVAS_PX} ${CANVAS_PX}"`;
  if (!text.includes(page) || FOREIGN.test(text.replace(PAPER, ""))) return null;
  const paths = [...text.matchAll(/<path\b[^>]*?\bd="([^"]*)"/g)].map((match) => match[1]);
  if (!paths.every((data) => PLAIN_PATH.test(data))) return null;
  try {
    return paths.flatMap(fromPathData);
  } catch {
    return null;
  }
}

/**
 * The strokes of path data with the absolute commands M, L and C alone; throws where it is damaged.
 * @param {string} data
 * @returns {Stroke[]}
 */
export function fromPathData(data) {
  /** @type {Point[][]} */
  const chains = [];
  for (const [, command, numbers] of data.matchAll(/([MLC]|^)([^MLC]*)/g)) {
    const points = pairs(numbers);
    if (command === "M") chains.push(points.splice(0, 1));
    const chain = chains.at(-1);
    if (chain?.length) {
      if (command === "C") chain.push(...points);
      else points.forEach((point) => chain.push(...lineTo(chain, point)));
    } else if (numbers.trim() || command) throw new RangeError("a path that begins nowhere");
  }
  if (!chains.every((points) => points.length % 3 === 1)) throw new RangeError("half a curve");
  return chains.map((points) => ({
    points: points.length === 4 && still(points) ? points.slice(0, 1) : points,
  }));
}

/** @param {string} numbers @returns {Point[]} */
function pairs(numbers) {
  const values = (numbers.match(/[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/g) ?? []).map(Number);
  return Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i], values[2 * i + 1]]);
}

/** @param {readonly Point[]} chain @param {Point} to */
function lineTo(chain, to) {
  const from = chain[chain.length - 1];
  return [between(from, to, 1 / 3), between(from, to, 2 / 3), to];
}

/** @param {readonly Point[]} points */
function still(points) {
  return points.every(([x, y]) => x === points[0][0] && y === points[0][1]);
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 100) / 100;
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
}
