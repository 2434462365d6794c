/**
 * Drawing by keyboard: a cursor that arrows move, and a pen that Space puts down.
 * @module
 */

import { CANVAS_PX } from "./stroke.js";

/** @typedef {import("./canvas.js").Paper} Paper */
/** @typedef {import("./stroke.js").Point} Point */
/** @typedef {import("./tools.js").Tool} Tool */

/** @type {Record<string, Point>} */
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const STEP_PX = 4;
const LEAP_PX = 16;
const NUDGE_PX = 1;
const QUIET_MS = 500;

/** Where the parts of the mean face lie: left, top, right, bottom. Left is left in the picture. */
const PLACES = /** @type {const} */ ([
  ["left brow", 143, 190, 227, 226],
  ["right brow", 281, 190, 369, 226],
  ["left eye", 172, 227, 222, 258],
  ["right eye", 294, 227, 344, 258],
  ["nose", 214, 230, 298, 348],
  ["mouth", 205, 358, 311, 414],
  ["chin", 190, 440, 322, 490],
  ["left cheek", 130, 259, 213, 439],
  ["right cheek", 299, 259, 384, 439],
  ["forehead", 150, 90, 362, 189],
]);

/**
 * The part of the mean face at a place, for those who do not see it.
 * @param {Point} at
 */
export function placeName([x, y]) {
  const found = PLACES.find(
    ([, left, top, right, bottom]) => x >= left && x <= right && y >= top && y <= bottom,
  );
  return found?.[0] ?? "";
}

export class KeyboardPen {
  /** @type {Point} */
  #at = [CANVAS_PX / 2, CANVAS_PX / 2];
  /** @type {Tool | null} */
  #tool = null;
  /** @type {Set<string>} */
  #held = new Set();
  #timer = 0;

  /**
   * @param {HTMLElement} surface
   * @param {Paper} paper
   * @param {{tool: () => Tool, say: (text: string) => void}} page
   */
  constructor(surface, paper, page) {
    this.paper = paper;
    this.page = page;
    surface.addEventListener("keydown", (event) => this.#down(event));
    surface.addEventListener("keyup", (event) => this.#held.delete(event.key));
    surface.addEventListener("focus", () => this.#show(surface.matches(":focus-visible")));
    surface.addEventListener("blur", () => this.#leave());
  }

  /** @param {KeyboardEvent} event */
  #down(event) {
    if (event.ctrlKey || event.metaKey) return;
    if (event.key in ARROWS) this.#move(event);
    else if (event.key === " ") this.#toggle();
    else if (event.key === "Escape" && this.#tool) this.#cancel();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Arrows held together move the cursor aslant. @param {KeyboardEvent} event */
  #move(event) {
    this.#held.add(event.key);
    const step = event.shiftKey ? LEAP_PX : event.altKey ? NUDGE_PX : STEP_PX;
    const [x, y] = [0, 1].map((axis) =>
      [...this.#held].reduce((sum, key) => sum + ARROWS[key][axis] * step, this.#at[axis]),
    );
    this.#at = [Math.min(CANVAS_PX, Math.max(0, x)), Math.min(CANVAS_PX, Math.max(0, y))];
    this.#tool?.extend([this.#sample()]);
    this.#show(true);
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.page.say(this.#where()), QUIET_MS);
  }

  #toggle() {
    clearTimeout(this.#timer);
    if (this.#tool) return this.#lift();
    const tool = this.page.tool();
    if (!tool.begin(this.#sample())) return this.page.say(`Nothing here to move. ${this.#where()}`);
    this.#tool = tool;
    this.#show(true);
    this.page.say(this.#where());
  }

  #lift() {
    const tool = this.#tool;
    this.#tool = null;
    tool?.finish();
    this.#show(true);
  }

  #cancel() {
    this.#tool?.cancel();
    this.#tool = null;
    this.#show(true);
    this.page.say("Taken back.");
  }

  #leave() {
    this.#held.clear();
    if (this.#tool) this.#lift();
    this.#show(false);
  }

  /** @param {boolean} seen */
  #show(seen) {
    this.paper.showWet({ cursor: seen ? this.#at : null, down: this.#tool !== null });
  }

  #sample() {
    return { x: this.#at[0], y: this.#at[1], pressure: 0.5 };
  }

  #where() {
    const [x, y] = this.#at.map(Math.round);
    const name = placeName(this.#at);
    return `${this.#tool ? "Down" : "Up"} at ${x}, ${y}${name && `, ${name}`}.`;
  }
}
