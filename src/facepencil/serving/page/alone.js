/**
 * What the page asks of itself where it runs without a server.
 * @module
 */

import { adviceOn } from "./advice.js";
import { context2d } from "./dom.js";
import { EXPORTED } from "./exported.js";
import { Offline, Refused } from "./refused.js";
import { rounded } from "./stroke.js";

/** @typedef {import("./api.js").Painters} Painters */
/** @typedef {import("./exported.js").Exported} Exported */
/** @typedef {import("./exported.js").ExportedModel} ExportedModel */
/** @typedef {import("./api.js").Model & ExportedModel} OwnModel */

const HALF_OF_255 = 127.5;
const USUAL_LEVEL = 0.5;

/** @type {Promise<Caller> | null} */
let caller = null;
/** @type {Map<string, Promise<unknown>>} */
const opened = new Map();

/** @type {Painters["models"]} */
export async function models() {
  return exported().models;
}

/** @type {Painters["paint"]} */
export async function paint(strokes, options) {
  const model = chosen(options.model);
  const chains = strokes.map(rounded);
  const worker = await ready(model);
  const sizes = { raster_px: model.raster_px, size_px: model.size_px };
  const rgba = await worker.call("paint", model.name, chains, sizes, told(model, options));
  return {
    model: model.name,
    sha256: model.sha256,
    size_px: model.size_px,
    face: dataUrl(rgba, model.size_px),
    advice: adviceOn(chains),
    certain: null,
  };
}

/** @type {Painters["nearest"]} */
export async function nearest() {
  throw new Refused("This page has no server to find like faces with.");
}

/** @type {Painters["sketch"]} */
export async function sketch() {
  throw new Refused(
    "This page has no server to read pictures with: it opens drawings saved here as SVG.",
  );
}

/** @returns {Exported} */
function exported() {
  if (!EXPORTED) throw new TypeError("expected a page that was exported");
  return EXPORTED;
}

/** @param {string | undefined} name @returns {OwnModel} */
function chosen(name) {
  const { models } = exported();
  return models.find((one) => one.name === name) ?? models[0];
}

/**
 * What a model is told beside the drawing, as by facepencil.networks.told.
 * @param {OwnModel} model
 * @param {import("./api.js").PaintOptions} options
 */
function told({ options: { level }, usual }, { level: wished = USUAL_LEVEL, palette }) {
  const { hair = "", skin = "", ground = "" } = usual ? { ...usual, ...palette } : {};
  const bytes = [hair, skin, ground].flatMap((one) => one.match(/[0-9a-f]{2}/gi) ?? []);
  const shares = bytes.map((byte) => parseInt(byte, 16) / HALF_OF_255 - 1);
  return [...(level ? [wished] : []), ...shares];
}

/** The worker, once it can paint with a model. @param {OwnModel} model */
async function ready(model) {
  try {
    caller ??= started();
    const worker = await caller;
    if (!opened.has(model.name)) opened.set(model.name, open(worker, model));
    await opened.get(model.name);
    return worker;
  } catch (error) {
    caller = null;
    opened.clear();
    throw error;
  }
}

/** @returns {Promise<Caller>} */
async function started() {
  const { runtime, worker: address } = exported();
  const [code, wasm] = [await handedOver(runtime, "code"), await handedOver(runtime, "wasm")];
  const worker = new Caller(new Worker(address));
  await worker.call("start", code, wasm);
  return worker;
}

/** @param {Caller} worker @param {OwnModel} model */
async function open(worker, model) {
  await worker.call("open", model.name, await handedOver(model.file, model.file));
}

/**
 * What a script hands over; the script is run where it was not yet. Scripts are read from a file's
 * folder too, where requests are refused.
 * @param {string} file
 * @param {string} key
 */
async function handedOver(file, key) {
  const { files } = exported();
  if (!(key in files)) {
    await new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = file;
      script.addEventListener("load", done);
      script.addEventListener("error", () => failed(new Offline(`${file} cannot be read`)));
      document.head.append(script);
    });
  }
  const packed = files[key];
  delete files[key]; // the worker keeps it
  return packed;
}

/** Calls what a worker offers, by name. */
class Caller {
  /** @type {Map<number, {done: (value: any) => void, failed: (error: Error) => void}>} */
  #waiting = new Map();
  #count = 0;

  /** @param {Worker} worker */
  constructor(worker) {
    this.worker = worker;
    worker.addEventListener("message", ({ data: { id, value, error } }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.done(value);
      else waiting?.failed(new Refused(error));
    });
    worker.addEventListener("error", ({ message = "it cannot be started" }) => {
      const error = new Refused(`The painter in this browser failed: ${message}`);
      for (const { failed } of this.#waiting.values()) failed(error);
      this.#waiting.clear();
    });
  }

  /**
   * @template {keyof import("./painter.js").Calls} Name
   * @param {Name} name
   * @param {Parameters<import("./painter.js").Calls[Name]>} args
   * @returns {Promise<Awaited<ReturnType<import("./painter.js").Calls[Name]>>>}
   */
  call(name, ...args) {
    const id = this.#count++;
    this.worker.postMessage({ id, name, args });
    return new Promise((done, failed) => this.#waiting.set(id, { done, failed }));
  }
}

/** @param {Uint8ClampedArray<ArrayBuffer>} rgba @param {number} size */
function dataUrl(rgba, size) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  context2d(canvas).putImageData(new ImageData(rgba, size, size), 0, 0);
  return canvas.toDataURL("image/png");
}
