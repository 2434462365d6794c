/**
 * What the page asks its server.
 * @module
 */

import { Offline, Refused } from "./refused.js";
import { rounded } from "./stroke.js";

/** @typedef {import("./api.js").Painters} Painters */
/** @typedef {import("./stroke.js").Point} Point */
/** @typedef {import("./stroke.js").Stroke} Stroke */

const PATIENCE_MS = 30_000;

/** @type {Painters["models"]} */
export async function models() {
  return answer("api/models");
}

/** @type {Painters["paint"]} */
export async function paint(strokes, options) {
  return answer("api/paint", json({ strokes: strokes.map(rounded), ...options }));
}

/** @type {Painters["nearest"]} */
export async function nearest(strokes, count) {
  const body = json({ strokes: strokes.map(rounded), count });
  /** @type {{sketches: Point[][][]}} */
  const { sketches } = await answer("api/nearest", body);
  return sketches.flat().map((points) => ({ points }));
}

/** @type {Painters["sketch"]} */
export async function sketch(picture, kind) {
  const request = { method: "POST", body: picture };
  /** @type {{strokes: Point[][], advice: string}} */
  const { strokes, advice } = await answer(`api/sketch?kind=${kind}`, request);
  return { strokes: strokes.map((points) => ({ points })), advice };
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
