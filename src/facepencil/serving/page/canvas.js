/**
 * The paper: three layers of ink, of which only what changed is drawn anew.
 * @module
 */

import { context2d } from "./dom.js";
import { draw, LINE_PX } from "./ink.js";
import { CANVAS_PX } from "./stroke.js";
import { WHOLE } from "./view.js";

/** @typedef {import("./stroke.js").Point} Point */
/** @typedef {import("./stroke.js").Stroke} Stroke */
/** @typedef {import("./view.js").View} View */

/**
 * @typedef {object} Under
 * @property {readonly Stroke[]} guide
 * @property {number} guideShare 0 hides the guide.
 * @property {readonly Stroke[]} shadow
 * @property {readonly Stroke[]} refined
 */

/**
 * @typedef {object} Wet
 * @property {readonly Stroke[]} strokes
 * @property {number | null} axis Of symmetry, px.
 * @property {Point | null} cursor Of the keyboard.
 * @property {boolean} down Whether the keyboard's pen is down.
 * @property {{at: Point, radius: number} | null} ring Of the eraser.
 */

const FAINT = 0.16;

export class Paper {
  /** @type {View} */
  view = WHOLE;
  /** @type {Under} */
  #under = { guide: [], guideShare: 0, shadow: [], refined: [] };
  /** @type {readonly Stroke[]} */
  #ink = [];
  /** @type {readonly Stroke[]} */
  #drawn = [];
  /** @type {Wet} */
  #wet = { strokes: [], axis: null, cursor: null, down: false, ring: null };

  /** @param {HTMLElement} host Holds the canvases `under`, `ink` and `wet`. */
  constructor(host) {
    this.host = host;
    const layers = [...host.querySelectorAll("canvas")];
    this.under = context2d(layers[0]);
    this.ink = context2d(layers[1]);
    this.wet = context2d(layers[2]);
    new ResizeObserver(() => this.#resize(layers)).observe(host);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  /** @param {View} view */
  look(view) {
    this.view = view;
    this.redraw();
  }

  /** @param {Partial<Under>} under */
  showUnder(under) {
    const next = { ...this.#under, ...under };
    const same = JSON.stringify(next) === JSON.stringify(this.#under);
    this.#under = next;
    if (!same) this.#drawUnder();
  }

  /** @param {readonly Stroke[]} strokes The finished ones. */
  showInk(strokes) {
    this.#ink = strokes;
    const same = this.#drawn.every((one, i) => one === strokes[i]);
    const fresh = same ? strokes.slice(this.#drawn.length) : strokes;
    if (!same) this.#clear(this.ink);
    this.#place(this.ink);
    draw(this.ink, fresh);
    this.#drawn = strokes;
  }

  /** @param {Partial<Wet>} wet */
  showWet(wet) {
    this.#wet = { ...this.#wet, ...wet };
    this.#drawWet();
  }

  redraw() {
    this.#drawUnder();
    this.#clear(this.ink);
    this.#drawn = [];
    this.showInk(this.#ink);
    this.#drawWet();
  }

  /** Screen px that one px of the canvas takes. */
  get scale() {
    return (this.host.clientWidth / CANVAS_PX) * this.view.zoom;
  }

  /** @param {HTMLCanvasElement[]} layers */
  #resize(layers) {
    const side = Math.round(this.host.clientWidth * devicePixelRatio);
    for (const layer of layers) layer.width = layer.height = side;
    this.redraw();
  }

  #drawUnder() {
    const { guide, guideShare, shadow, refined } = this.#under;
    this.#clear(this.under);
    this.#place(this.under);
    this.under.globalAlpha = FAINT;
    draw(this.under, shadow, LINE_PX * 1.5);
    this.under.globalAlpha = 2 * FAINT;
    draw(this.under, refined, LINE_PX * 2);
    this.under.globalAlpha = guideShare;
    this.under.setLineDash([2, 7]);
    draw(this.under, guide, 1.5);
    this.under.setLineDash([]);
    this.under.globalAlpha = 1;
  }

  #drawWet() {
    const { strokes, axis, cursor, down, ring } = this.#wet;
    this.#clear(this.wet);
    this.#place(this.wet);
    draw(this.wet, strokes);
    if (axis !== null) this.#drawAxis(axis);
    if (cursor) this.#drawCursor(cursor, down);
    if (ring) this.#drawRing(ring.at, ring.radius);
  }

  /** @param {number} axis */
  #drawAxis(axis) {
    this.wet.globalAlpha = 0.35;
    this.wet.lineWidth = 1 / this.scale;
    this.wet.setLineDash([6 / this.scale, 6 / this.scale]);
    this.wet.beginPath();
    this.wet.moveTo(axis, 0);
    this.wet.lineTo(axis, CANVAS_PX);
    this.wet.stroke();
    this.wet.setLineDash([]);
    this.wet.globalAlpha = 1;
  }

  /** @param {Point} at @param {boolean} down */
  #drawCursor([x, y], down) {
    const arm = 11 / this.scale;
    this.wet.lineWidth = 1.5 / this.scale;
    this.wet.beginPath();
    for (const [dx, dy] of [
      [arm, 0],
      [0, arm],
    ]) {
      this.wet.moveTo(x - dx, y - dy);
      this.wet.lineTo(x - dx / 3, y - dy / 3);
      this.wet.moveTo(x + dx / 3, y + dy / 3);
      this.wet.lineTo(x + dx, y + dy);
    }
    this.wet.stroke();
    if (down) this.#drawRing([x, y], arm / 2);
  }

  /** @param {Point} at @param {number} radius */
  #drawRing([x, y], radius) {
    this.wet.lineWidth = 1.5 / this.scale;
    this.wet.beginPath();
    this.wet.arc(x, y, radius, 0, 2 * Math.PI);
    this.wet.stroke();
  }

  /** @param {CanvasRenderingContext2D} context */
  #clear(context) {
    context.resetTransform();
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  }

  /** @param {CanvasRenderingContext2D} context */
  #place(context) {
    const { zoom, x, y } = this.view;
    const scale = (context.canvas.width / CANVAS_PX) * zoom;
    context.setTransform(scale, 0, 0, scale, -x * scale, -y * scale);
    context.strokeStyle = context.fillStyle = getComputedStyle(context.canvas).color;
  }
}
