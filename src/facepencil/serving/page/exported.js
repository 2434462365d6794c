/**
 * What `facepencil draw --export` writes for the page: config.js, which a server's page lacks.
 * @module
 */

/**
 * @typedef {object} ExportedModel
 * @property {string} file A script that hands over the network.
 * @property {number} raster_px Side at which strokes are drawn before they are shrunk.
 */

/**
 * @typedef {object} Exported
 * @property {readonly (import("./api.js").Model & ExportedModel)[]} models
 * @property {string} runtime A script that hands over ONNX Runtime.
 * @property {string} worker Address of the worker that paints.
 * @property {Record<string, string>} files What scripts handed over: gzipped, in base64.
 */

/** @type {Exported | null} */
export const EXPORTED = Reflect.get(globalThis, "facepencil") ?? null;
