/**
 * Mouse, pen and fingers on the paper.
 * @module
 */

import { onCanvas, panned, zoomed } from "./view.js";

/** @typedef {import("./canvas.js").Paper} Paper */
/** @typedef {import("./fit.js").Sample} Sample */
/** @typedef {import("./stroke.js").Point} Point */
/** @typedef {import("./tools.js").Tool} Tool */

/** The button that the other end of a pen presses. */
const ERASER_END = 5;
const WHEEL = 0.0022;
const LINE_OF_WHEEL_PX = 16;

/**
 * Hands what pointers do to the tool of the moment. One pointer draws at a time; two fingers zoom
 * and pan; once a pen was seen, fingers no longer draw, so that a palm leaves no trace.
 */
export class Pointers {
  /** @type {number | null} */
  #drawing = null;
  /** @type {number | null} */
  #panning = null;
  #penSeen = false;
  /** @type {Map<number, Point>} */
  #fingers = new Map();
  /** @type {Tool | null} */
  #tool = null;

  /**
   * @param {HTMLElement} surface
   * @param {Paper} paper
   * @param {{tool: (turned: boolean) => Tool, viewed: () => void, hovered: (at: Point | null) => void}} page
   */
  constructor(surface, paper, page) {
    this.surface = surface;
    this.paper = paper;
    this.page = page;
    surface.addEventListener("pointerdown", (event) => this.#down(event));
    surface.addEventListener("pointermove", (event) => this.#move(event));
    surface.addEventListener("pointerup", (event) => this.#up(event, true));
    surface.addEventListener("pointercancel", (event) => this.#up(event, false));
    surface.addEventListener("pointerleave", () => page.hovered(null));
    surface.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    surface.addEventListener("contextmenu", (event) => event.preventDefault());
    // The paper moves away from under the pointer: what was drawn so far is kept as it is.
    window.addEventListener("resize", () => this.#finish());
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (document.querySelector(":popover-open")) return; // this touch closes it, and no more
    this.surface.setPointerCapture(event.pointerId);
    if (event.pointerType === "pen") this.#seePen();
    if (event.pointerType === "touch" && !this.#isLoneFinger(event)) return;
    if (event.button === 1) this.#panning = event.pointerId;
    const turned = event.button === ERASER_END;
    if (!(event.button === 0 || turned) || this.#drawing !== null) return;
    const tool = this.page.tool(turned);
    if (tool.begin(this.#sample(event))) {
      this.#tool = tool;
      this.#drawing = event.pointerId;
    } else this.#panning = event.pointerId;
  }

  /** Fingers that draw give way to the first pen. */
  #seePen() {
    if (this.#drawing !== null && this.#fingers.has(this.#drawing)) this.#stop();
    this.#penSeen = true;
  }

  /** @param {PointerEvent} event */
  #isLoneFinger(event) {
    this.#fingers.set(event.pointerId, this.#place(event));
    if (this.#penSeen || this.#fingers.size > 1) {
      if (this.#drawing !== null && this.#fingers.has(this.#drawing)) this.#stop();
      this.#panning = null;
      return false;
    }
    return true;
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (event.pointerId === this.#drawing) {
      const parts = event.getCoalescedEvents?.() ?? [];
      const events = parts.length ? parts : [event];
      this.#tool?.extend(events.map((one) => this.#sample(one)));
    } else if (event.pointerId === this.#panning) {
      const box = this.surface.getBoundingClientRect();
      this.#look(
        panned(this.paper.view, [event.movementX / box.width, event.movementY / box.height]),
      );
    } else if (this.#fingers.has(event.pointerId)) this.#pinch(event);
    else if (event.pointerType !== "touch") this.page.hovered(this.#at(event));
  }

  /** @param {PointerEvent} event */
  #pinch(event) {
    const before = /** @type {Point} */ (this.#fingers.get(event.pointerId));
    const now = this.#place(event);
    this.#fingers.set(event.pointerId, now);
    const other = [...this.#fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (!other) return;
    const spread = Math.hypot(now[0] - other[0], now[1] - other[1]);
    const spreadBefore = Math.hypot(before[0] - other[0], before[1] - other[1]);
    const moved = panned(this.paper.view, [(now[0] - before[0]) / 2, (now[1] - before[1]) / 2]);
    const middle = /** @type {Point} */ ([(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
    this.#look(zoomed(moved, spread / Math.max(spreadBefore, 1e-3), middle));
  }

  /** @param {PointerEvent} event @param {boolean} whole */
  #up(event, whole) {
    this.#fingers.delete(event.pointerId);
    if (event.pointerId === this.#panning) this.#panning = null;
    if (event.pointerId !== this.#drawing) return;
    if (!whole) return this.#stop();
    this.#tool?.extend([this.#sample(event)]);
    this.#finish();
  }

  #finish() {
    const tool = this.#tool;
    this.#tool = this.#drawing = null;
    tool?.finish();
  }

  #stop() {
    this.#tool?.cancel();
    this.#tool = this.#drawing = null;
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    const unit = event.deltaMode ? LINE_OF_WHEEL_PX : 1;
    const { view } = this.paper;
    if (event.ctrlKey || event.metaKey || view.zoom === 1) {
      this.#look(zoomed(view, Math.exp(-event.deltaY * unit * WHEEL), this.#place(event)));
    } else {
      const { width, height } = this.surface.getBoundingClientRect();
      this.#look(panned(view, [(-event.deltaX * unit) / width, (-event.deltaY * unit) / height]));
    }
  }

  /** @param {import("./view.js").View} view */
  #look(view) {
    this.paper.look(view);
    this.page.viewed();
  }

  /** @param {MouseEvent} event @returns {Point} */
  #place(event) {
    const box = this.surface.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  /** @param {MouseEvent} event */
  #at(event) {
    return onCanvas(this.paper.view, this.#place(event));
  }

  /** @param {PointerEvent} event @returns {Sample} */
  #sample(event) {
    const [x, y] = this.#at(event);
    return { x, y, pressure: event.pointerType === "pen" ? event.pressure : 0.5 };
  }
}
