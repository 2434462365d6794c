/**
 * Undo and redo over states that are never changed, so that each comes back exactly.
 * @module
 */

const LONGEST = 500;

/** @template State */
export class History {
  /** @type {State[]} */
  #past = [];
  /** @type {State[]} */
  #future = [];

  /** @param {State} now */
  constructor(now) {
    this.now = now;
  }

  /** @param {State} next */
  commit(next) {
    this.#past.push(this.now);
    if (this.#past.length > LONGEST) this.#past.shift();
    this.#future = [];
    this.now = next;
  }

  /** Goes a step back; says whether there was one. */
  undo() {
    return this.#step(this.#past, this.#future);
  }

  /** Goes a step forward; says whether there was one. */
  redo() {
    return this.#step(this.#future, this.#past);
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /**
   * @param {State[]} from
   * @param {State[]} to
   */
  #step(from, to) {
    if (!from.length) return false;
    to.push(this.now);
    this.now = /** @type {State} */ (from.pop());
    return true;
  }
}
