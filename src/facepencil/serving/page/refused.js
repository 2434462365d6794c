/**
 * Why there is no answer.
 * @module
 */

/** What was asked cannot be done; the message says why. */
export class Refused extends Error {}

/** Nobody answered, or nobody had the time: it may be asked again. */
export class Offline extends Error {}
