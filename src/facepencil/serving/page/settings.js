/**
 * What a person chose, kept in the browser along with the drawing.
 * @module
 */

import { AXIS_PX } from "./symmetry.js";

/** @typedef {import("./stroke.js").Stroke} Stroke */

const SETTINGS_KEY = "facepencil.settings";
const DRAWING_KEY = "facepencil.drawing";

const DEFAULTS = {
  smooth: true,
  pressure: false,
  symmetric: false,
  axis: AXIS_PX,
  eraserPx: 16,
  guide: 0.3,
  shadow: false,
  model: "",
  against: "",
  refine: 0,
  level: 0.5,
  hair: "",
  skin: "",
  ground: "",
  attention: false,
  place: false,
};

/** @typedef {typeof DEFAULTS} Settings */

/** @returns {Settings} */
export function loadSettings() {
  const kept = read(SETTINGS_KEY);
  const known = Object.entries(DEFAULTS).map(([key, value]) =>
    typeof kept?.[key] === typeof value ? [key, kept[key]] : [key, value],
  );
  return Object.fromEntries(known);
}

/** @param {Settings} settings */
export function keepSettings(settings) {
  write(SETTINGS_KEY, settings);
}

/** @returns {Stroke[] | null} Null where none was kept. */
export function loadDrawing() {
  const kept = read(DRAWING_KEY);
  return Array.isArray(kept) && kept.every(isStroke) ? kept : null;
}

/** @param {readonly Stroke[]} strokes */
export function keepDrawing(strokes) {
  write(DRAWING_KEY, strokes);
}

/** @param {any} one */
function isStroke(one) {
  return (
    Array.isArray(one?.points) &&
    one.points.length % 3 === 1 &&
    one.points.every((/** @type {unknown} */ point) => Array.isArray(point) && point.length === 2)
  );
}

/** @param {string} key */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} key @param {unknown} value */
function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch (error) {
    console.info("facepencil: the browser keeps nothing:", error); // private windows, full stores
  }
}
