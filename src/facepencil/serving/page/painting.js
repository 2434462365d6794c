/**
 * From the drawing to the pane of the face: the latest drawing wins, and what fails is tried again.
 * @module
 */

import { paint } from "./api.js";
import { Latest } from "./latest.js";
import { Offline } from "./refused.js";

/** @typedef {import("./api.js").Painted} Painted */
/** @typedef {import("./api.js").PaintOptions} PaintOptions */
/** @typedef {import("./face.js").FacePane} FacePane */
/** @typedef {import("./stroke.js").Stroke} Stroke */

/**
 * @typedef {object} Wish
 * @property {() => readonly Stroke[]} strokes
 * @property {PaintOptions} options
 * @property {boolean} finished Whether no stroke is being drawn.
 */

const RETRY_MS = 2000;

/** Paints with one model into its half of the pane. */
export class Painting {
  #loop;
  #timer = 0;
  /** @type {{state: "offline" | "error", why: string} | null} */
  #trouble = null;

  /**
   * @param {FacePane} pane
   * @param {"first" | "second"} which
   * @param {(painted: Painted | null, strokes: readonly Stroke[]) => void} finished Told of the
   *   faces of finished strokes: null, where there are none.
   */
  constructor(pane, which, finished = () => {}) {
    this.pane = pane;
    this.which = which;
    this.finished = finished;
    this.#loop = new Latest((/** @type {Wish} */ wish) => this.#send(wish), {
      answered: () => {
        this.#trouble = null;
        clearTimeout(this.#timer); // of an earlier wish, which this one came after
      },
      failed: (error, wish) => this.#fail(error, wish),
      busy: (busy) => this.#tell(busy),
    });
  }

  /** @param {Wish} wish */
  want(wish) {
    clearTimeout(this.#timer);
    this.#loop.want(wish);
  }

  /** @param {Wish} wish */
  async #send({ strokes, options, finished }) {
    const sent = strokes();
    const painted = sent.length ? await paint(sent, options) : null;
    await this.pane.show(this.which, painted);
    if (finished) this.finished(painted, sent);
  }

  /** @param {unknown} error @param {Wish} wish */
  #fail(error, wish) {
    const offline = error instanceof Offline;
    const why = error instanceof Error ? error.message : String(error);
    this.#trouble = offline
      ? { state: "offline", why: `${why}; trying again` }
      : { state: "error", why };
    clearTimeout(this.#timer);
    if (offline) this.#timer = window.setTimeout(() => this.#loop.want(wish), RETRY_MS);
  }

  /** Trouble is shown until an answer comes, also while it is asked again. @param {boolean} busy */
  #tell(busy) {
    if (this.#trouble) this.pane.tell(this.which, this.#trouble.state, this.#trouble.why);
    else this.pane.tell(this.which, busy ? "busy" : "idle");
  }
}
