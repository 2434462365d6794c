/**
 * The worker that paints where there is no server, with ONNX Runtime.
 * @module
 */

import { painterInput } from "./raster.js";

/** @typedef {import("./stroke.js").Point} Point */
/** @typedef {typeof import("onnxruntime-web/wasm")} Runtime */
/** @typedef {import("onnxruntime-web/wasm").InferenceSession} Session */

/** More gain nothing in networks of this size. */
const MOST_THREADS = 4;

/** @type {Runtime} */
let runtime;
/** @type {Map<string, Session>} */
const sessions = new Map();

const CALLS = { start, open, paint };
/** @typedef {typeof CALLS} Calls */

self.onmessage = async ({ data: { id, name, args } }) => {
  try {
    const call = /** @type {(...args: any) => Promise<unknown>} */ (Reflect.get(CALLS, name));
    self.postMessage({ id, value: await call(...args) });
  } catch (error) {
    self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
};

/**
 * @param {string} code Of the runtime's module, packed.
 * @param {string} wasm Packed.
 */
async function start(code, wasm) {
  const module = new Blob([await unpacked(code)], { type: "text/javascript" });
  runtime = await import(URL.createObjectURL(module));
  runtime.env.wasm.wasmBinary = await unpacked(wasm);
  const threads = Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1);
  runtime.env.wasm.numThreads = self.crossOriginIsolated ? threads : 1;
}

/**
 * @param {string} name
 * @param {string} network In ONNX, packed.
 */
async function open(name, network) {
  sessions.set(name, await runtime.InferenceSession.create(await unpacked(network)));
}

/**
 * Paints one drawing.
 * @param {string} name Of a model that was opened.
 * @param {readonly (readonly Point[])[]} chains Points of its strokes.
 * @param {{raster_px: number, size_px: number}} sizes
 * @param {readonly number[]} told Beside the drawing, -1 to 1.
 * @returns {Promise<Uint8ClampedArray<ArrayBuffer>>} Pixels of the face, RGBA.
 */
async function paint(name, chains, { raster_px, size_px }, told) {
  const session = /** @type {Session} */ (sessions.get(name));
  const { Tensor } = runtime;
  const sketch = painterInput(chains, raster_px, size_px);
  /** @type {Record<string, InstanceType<Runtime["Tensor"]>>} */
  const given = { sketch: new Tensor("float32", sketch, [1, 1, size_px, size_px]) };
  if (told.length) given.told = new Tensor("float32", Float32Array.from(told), [1, told.length]);
  const { face } = await session.run(given);
  return pixels(/** @type {Float32Array} */ (face.data));
}

/**
 * Planes of red, green and blue from -1 to 1 as pixels.
 * @param {Float32Array} planes
 */
function pixels(planes) {
  const count = planes.length / 3;
  const rgba = new Uint8ClampedArray(4 * count).fill(255);
  for (let i = 0; i < planes.length; i++) {
    rgba[4 * (i % count) + Math.floor(i / count)] = Math.fround(Math.fround(planes[i] + 1) * 127.5);
  }
  return rgba;
}

/** @param {string} packed Gzipped, in base64. @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function unpacked(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
