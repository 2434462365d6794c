/**
 * The drawing: what was done to it, and what is being done.
 * @module
 */

import { History } from "./history.js";

/** @typedef {import("./stroke.js").Stroke} Stroke */

/**
 * Tells of `change` when something was done or undone, and of `draft` while it is being done.
 */
export class Sheet extends EventTarget {
  #history;
  /** @type {(() => readonly Stroke[]) | null} */
  #draft = null;

  /** @param {import("./history.js").Steps<readonly Stroke[]>} steps */
  constructor(steps) {
    super();
    this.#history = new History(steps);
  }

  /** What was done and undone so far. */
  get steps() {
    return this.#history.steps;
  }

  /** The finished strokes. */
  get strokes() {
    return this.#history.now;
  }

  /** The strokes as they would be if what is being done ended now. */
  get shown() {
    return this.#draft ? this.#draft() : this.strokes;
  }

  get canUndo() {
    return this.#history.canUndo;
  }

  get canRedo() {
    return this.#history.canRedo;
  }

  /** @param {() => readonly Stroke[]} strokes Called when they are wanted. */
  sketch(strokes) {
    this.#draft = strokes;
    this.dispatchEvent(new Event("draft"));
  }

  /** Leaves the drawing as it was before the draft. */
  discard() {
    this.#draft = null;
    this.dispatchEvent(new Event("draft"));
  }

  /**
   * @param {readonly Stroke[]} strokes
   * @param {string} said What was done, for those who listen.
   */
  commit(strokes, said) {
    this.#draft = null;
    this.#history.commit(strokes);
    this.#tell(said);
  }

  undo() {
    this.#draft = null;
    this.#tell(this.#history.undo() ? "Undone." : "Nothing to undo.");
  }

  redo() {
    this.#draft = null;
    this.#tell(this.#history.redo() ? "Done again." : "Nothing to redo.");
  }

  /** @param {string} said */
  #tell(said) {
    this.dispatchEvent(new CustomEvent("change", { detail: said }));
  }
}
