/**
 * What a pointer or the keyboard does to the drawing: pen, eraser and hand.
 * @module
 */

import { erased, touches } from "./eraser.js";
import { strokeOf } from "./fit.js";
import { moved } from "./stroke.js";
import { mirrored, onBothSides } from "./symmetry.js";

/** @typedef {import("./canvas.js").Paper} Paper */
/** @typedef {import("./fit.js").Sample} Sample */
/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("./sheet.js").Sheet} Sheet */
/** @typedef {import("./stroke.js").Point} Point */
/** @typedef {import("./stroke.js").Stroke} Stroke */

/**
 * @typedef {object} Tool
 * @property {(sample: Sample) => boolean} begin Says whether there is anything to do there.
 * @property {(samples: readonly Sample[]) => void} extend
 * @property {() => void} finish
 * @property {() => void} cancel
 */

const TOLERANCE_PX = 0.8;
const REACH_PX = 10;

/** @param {Settings} settings */
function axisOf(settings) {
  return settings.symmetric ? settings.axis : null;
}

/** @implements {Tool} */
export class Pen {
  /** @type {Sample[]} */
  #path = [];

  /** @param {Sheet} sheet @param {Paper} paper @param {Settings} settings */
  constructor(sheet, paper, settings) {
    this.sheet = sheet;
    this.paper = paper;
    this.settings = settings;
  }

  /** @param {Sample} sample */
  begin(sample) {
    this.#path = [];
    this.extend([sample]);
    return true;
  }

  /** @param {readonly Sample[]} samples */
  extend(samples) {
    this.#path.push(...samples);
    this.paper.showWet({ strokes: this.#strokes(false) });
    const path = [...this.#path];
    this.sheet.sketch(() => [...this.sheet.strokes, ...this.#strokes(this.settings.smooth, path)]);
  }

  finish() {
    const strokes = [...this.sheet.strokes, ...this.#strokes(this.settings.smooth)];
    this.paper.showWet({ strokes: [] });
    this.sheet.commit(strokes, this.settings.symmetric ? "Two strokes drawn." : "Stroke drawn.");
  }

  cancel() {
    this.paper.showWet({ strokes: [] });
    this.sheet.discard();
  }

  /** @param {boolean} smooth @param {readonly Sample[]} [path] */
  #strokes(smooth, path = this.#path) {
    const tolerance = TOLERANCE_PX / this.paper.view.zoom;
    const stroke = strokeOf(path, { tolerance, smooth, pressure: this.settings.pressure });
    return onBothSides([stroke], axisOf(this.settings));
  }
}

/** @implements {Tool} */
export class Eraser {
  /** @type {readonly Stroke[]} */
  #left = [];
  /** @type {Point} */
  #last = [0, 0];

  /** @param {Sheet} sheet @param {Paper} paper @param {Settings} settings */
  constructor(sheet, paper, settings) {
    this.sheet = sheet;
    this.paper = paper;
    this.settings = settings;
  }

  /** @param {Sample} sample */
  begin(sample) {
    this.#left = this.sheet.strokes;
    this.#last = [sample.x, sample.y];
    this.extend([sample]);
    return true;
  }

  /** @param {readonly Sample[]} samples */
  extend(samples) {
    for (const { x, y } of samples) this.#wipe([x, y]);
    const left = this.#left;
    this.paper.showWet({ ring: { at: this.#last, radius: this.settings.eraserPx } });
    this.paper.showInk(left);
    this.sheet.sketch(() => left);
  }

  finish() {
    this.paper.showWet({ ring: null });
    const before = this.sheet.strokes;
    const same = before.length === this.#left.length && before.every((s, i) => s === this.#left[i]);
    if (same) this.sheet.discard();
    else this.sheet.commit(this.#left, "Erased.");
  }

  cancel() {
    this.paper.showWet({ ring: null });
    this.paper.showInk(this.sheet.strokes);
    this.sheet.discard();
  }

  /** @param {Point} to */
  #wipe(to) {
    const path = { points: [this.#last, to] };
    const axis = axisOf(this.settings);
    const paths = axis === null ? [path] : [path, mirrored(path, axis)];
    for (const { points } of paths) {
      this.#left = erased(this.#left, points[0], points[1], this.settings.eraserPx);
    }
    this.#last = to;
  }
}

/**
 * Drags a stroke, with those of its group, from where it lies.
 * @implements {Tool}
 */
export class Hand {
  /** @type {Sample} */
  #from = { x: 0, y: 0, pressure: 0 };
  /** @type {ReadonlySet<Stroke>} */
  #held = new Set();
  /** @type {readonly Stroke[]} */
  #now = [];

  /** @param {Sheet} sheet @param {Paper} paper */
  constructor(sheet, paper) {
    this.sheet = sheet;
    this.paper = paper;
  }

  /** @param {Sample} sample */
  begin(sample) {
    const { strokes } = this.sheet;
    const reach = REACH_PX / this.paper.scale;
    const found = strokes.findLast((one) => touches(one, [sample.x, sample.y], reach));
    if (!found) return false;
    this.#from = sample;
    this.#now = strokes;
    this.#held = new Set(strokes.filter((one) => one === found || isBeside(one, found)));
    return true;
  }

  /** @param {readonly Sample[]} samples */
  extend(samples) {
    const { x, y } = samples[samples.length - 1];
    const [dx, dy] = [x - this.#from.x, y - this.#from.y];
    const now = this.sheet.strokes.map((one) =>
      this.#held.has(one) ? moved(one, (point) => [point[0] + dx, point[1] + dy]) : one,
    );
    this.#now = now;
    this.paper.showInk(now);
    this.sheet.sketch(() => now);
  }

  finish() {
    if (this.#now === this.sheet.strokes) this.sheet.discard();
    else this.sheet.commit(this.#now, "Moved.");
  }

  cancel() {
    this.paper.showInk(this.sheet.strokes);
    this.sheet.discard();
  }
}

/** @param {Stroke} one @param {Stroke} other */
function isBeside(one, other) {
  return one.group !== undefined && one.group === other.group;
}
