/**
 * What a person chose, kept in the browser along with the drawing.
 * @module
 */

import { begun } from "./history.js";
import { AXIS_PX } from "./symmetry.js";

/** @typedef {import("./stroke.js").Stroke} Stroke */
/** @typedef {import("./history.js").Steps<readonly Stroke[]>} Steps */

const SETTINGS_KEY = "facepencil.settings";
const DRAWING_KEY = "facepencil.drawing";
const STEPS_KEY = "facepencil.steps";
const MOST_STEPS = 100;

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

/**
 * Keeps the latest steps; strokes that many of them share are written once.
 * @param {Steps} steps
 */
export function keepSteps({ now, past, future }) {
  /** @type {Map<Stroke, number>} */
  const places = new Map();
  const place = (/** @type {Stroke} */ stroke) => {
    if (!places.has(stroke)) places.set(stroke, places.size);
    return places.get(stroke);
  };
  const kept = [[now], past.slice(-MOST_STEPS), future.slice(-MOST_STEPS)];
  const states = kept.map((all) => all.map((strokes) => strokes.map(place)));
  write(STEPS_KEY, { strokes: [...places.keys()], states });
}

/**
 * The steps to and from a drawing; none where others were kept.
 * @param {readonly Stroke[]} now
 * @returns {Steps}
 */
export function loadSteps(now) {
  const none = begun(now);
  const kept = read(STEPS_KEY);
  if (!Array.isArray(kept?.strokes) || !kept.strokes.every(isStroke)) return none;
  try {
    const [[same], past, future] = kept.states.map((/** @type {number[][]} */ all) =>
      all.map((places) => places.map((place) => strokeAt(kept.strokes, place))),
    );
    return JSON.stringify(same) === JSON.stringify(now) ? { now: same, past, future } : none;
  } catch {
    return none;
  }
}

/** @param {readonly Stroke[]} strokes @param {number} place */
function strokeAt(strokes, place) {
  if (!strokes[place]) throw new RangeError(`no stroke ${place}`);
  return strokes[place];
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
