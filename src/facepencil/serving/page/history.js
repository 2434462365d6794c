/**
 * Undo and redo over states that are never changed, so that each comes back exactly.
 * @module
 */

const LONGEST = 500;

/**
 * @template State
 * @typedef {object} Steps
 * @property {State} now
 * @property {State[]} past The oldest first.
 * @property {State[]} future The next one last.
 */

/**
 * A state to which nothing led.
 * @template State
 * @param {State} now
 * @returns {Steps<State>}
 */
export function begun(now) {
  return { now, past: [], future: [] };
}

/** @template State */
export class History {
  #past;
  #future;

  /** @param {Steps<State>} steps */
  constructor({ now, past, future }) {
    this.now = now;
    this.#past = past;
    this.#future = future;
  }

  /** @returns {Steps<State>} */
  get steps() {
    return { now: this.now, past: [...this.#past], future: [...this.#future] };
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
