/**
 * What the page asks: of its server, or of itself where it was exported to run without one.
 * @module
 */

import * as alone from "./alone.js";
import { EXPORTED } from "./exported.js";
import * as server from "./server.js";

/** @typedef {import("./stroke.js").Point} Point */
/** @typedef {import("./stroke.js").Stroke} Stroke */

/**
 * @typedef {object} Model
 * @property {string} name
 * @property {string} sha256
 * @property {number} size_px Side of its faces.
 * @property {string} source
 * @property {{refine: boolean, level: boolean, palette: boolean, attention: boolean}} options
 * @property {Palette | null} [usual] Colours that it is told where none are chosen.
 */

/** @typedef {{hair?: string, skin?: string, ground?: string}} Palette */

/**
 * @typedef {object} PaintOptions
 * @property {string} [model]
 * @property {number} [refine] 0 to 1.
 * @property {number} [level] 0 to 1.
 * @property {Palette} [palette]
 * @property {boolean} [place]
 * @property {boolean} [attention]
 */

/**
 * @typedef {object} Painted
 * @property {string} model
 * @property {string} sha256
 * @property {number} size_px
 * @property {string} face A data URL.
 * @property {string} [attention] A data URL.
 * @property {Point[][]} [strokes] The refined ones.
 * @property {string} advice
 * @property {number | null} certain 0 to 1.
 */

/**
 * @typedef {object} Painters
 * @property {() => Promise<readonly Model[]>} models
 * @property {(strokes: readonly Stroke[], options: PaintOptions) => Promise<Painted>} paint
 * @property {(strokes: readonly Stroke[], count: number) => Promise<Stroke[]>} nearest Strokes of
 *   the training sketches that are most like a drawing.
 * @property {(picture: Blob, kind: "drawing" | "photo") =>
 *   Promise<{strokes: Stroke[], advice: string}>} sketch The strokes of a picture.
 */

/** @type {Painters} */
export const { models, paint, nearest, sketch } = EXPORTED ? alone : server;
