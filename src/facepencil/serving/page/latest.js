/**
 * One request in flight; of those that wait, only the latest is sent.
 * @module
 */

/**
 * @template Wish
 * @template Answer
 */
export class Latest {
  /** @type {Wish | undefined} */
  #waiting;
  #busy = false;

  /**
   * @param {(wish: Wish) => Promise<Answer>} send
   * @param {{answered: (answer: Answer, wish: Wish) => void, failed: (error: unknown, wish: Wish) =>
   *   void, busy?: (busy: boolean) => void}} told
   */
  constructor(send, told) {
    this.send = send;
    this.told = told;
  }

  /** @param {Wish} wish */
  want(wish) {
    this.#waiting = wish;
    if (!this.#busy) void this.#work();
  }

  async #work() {
    this.#busy = true;
    this.told.busy?.(true);
    while (this.#waiting !== undefined) {
      const wish = this.#waiting;
      this.#waiting = undefined;
      try {
        this.told.answered(await this.send(wish), wish);
      } catch (error) {
        this.told.failed(error, wish);
      }
    }
    this.#busy = false;
    this.told.busy?.(false);
  }
}
