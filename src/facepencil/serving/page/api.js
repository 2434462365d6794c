/**
 * What the page asks its server.
 * @module
 */

/** @typedef {import("./stroke.js").Point} Point */
/** @typedef {import("./stroke.js").Stroke} Stroke */

/**
 * @typedef {object} Model
 * @property {string} name
 * @property {string} sha256
 * @property {number} size_px Side of its faces.
 * @property {string} source
 * @property {{refine: boolean, level: boolean, palette: boolean, attention: boolean}} options
 */

/** @typedef {{hair?: string, skin?: string, ground?: string}} Palette */

/**
 * @typedef {object} PaintOptions
 * @property {string} [model]
 * @property {number} [refine] 0 to 1.
 * @property {number} [level] 0 to 1.
 * @property {Palette} [palette]
 * @property {boolean} [place]
 * @property {boolean} [attention]
 */

/**
 * @typedef {object} Painted
 * @property {string} model
 * @property {string} sha256
 * @property {number} size_px
 * @property {string} face A data URL.
 * @property {string} [attention] A data URL.
 * @property {Point[][]} [strokes] The refined ones.
 * @property {string} advice
 * @property {number | null} certain 0 to 1.
 */

const PATIENCE_MS = 30_000;

/** The server refused, and says why. */
export class Refused extends Error {}

/** Nobody answered, or nobody had the time. */
export class Offline extends Error {}

/** @returns {Promise<Model[]>} */
export async function models() {
  return answer("api/models");
}

/**
 * @param {readonly Stroke[]} strokes
 * @param {PaintOptions} options
 * @returns {Promise<Painted>}
 */
export async function paint(strokes, options) {
  return answer("api/paint", json({ strokes: strokes.map(rounded), ...options }));
}

/**
 * Strokes of the training sketches that are most like a drawing.
 * @param {readonly Stroke[]} strokes
 * @param {number} count
 * @returns {Promise<Stroke[]>}
 */
export async function nearest(strokes, count) {
  const body = json({ strokes: strokes.map(rounded), count });
  /** @type {{sketches: Point[][][]}} */
  const { sketches } = await answer("api/nearest", body);
  return sketches.flat().map((points) => ({ points }));
}

/**
 * The strokes of a picture.
 * @param {Blob} picture
 * @param {"drawing" | "photo"} kind
 * @returns {Promise<{strokes: Stroke[], advice: string}>}
 */
export async function sketch(picture, kind) {
  const request = { method: "POST", body: picture };
  /** @type {{strokes: Point[][], advice: string}} */
  const { strokes, advice } = await answer(`api/sketch?kind=${kind}`, request);
  return { strokes: strokes.map((points) => ({ points })), advice };
}

/** @param {Stroke} stroke */
function rounded({ points }) {
  return points.map((point) => point.map((value) => Math.round(value * 100) / 100));
}

/** @param {unknown} body @returns {RequestInit} */
function json(body) {
  const headers = { "Content-Type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body) };
}

/**
 * @param {string} path
 * @param {RequestInit} [request]
 */
async function answer(path, request) {
  const response = await fetch(path, {
    ...request,
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((error) => {
    throw new Offline("The server does not answer", { cause: error });
  });
  if (response.ok) return response.json();
  const why = await reason(response);
  throw response.status === 429 || response.status >= 500 ? new Offline(why) : new Refused(why);
}

/** @param {Response} response */
async function reason(response) {
  const body = await response.json().catch(() => ({}));
  const { detail } = body;
  if (typeof detail === "string") return detail;
  if (!Array.isArray(detail)) return `The server answers ${response.status}`;
  return detail.map((one) => one.msg ?? String(one)).join("; ");
}
