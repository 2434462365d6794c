/**
 * Drawing and face as PNG files that say which model painted.
 * @module
 */

import { context2d } from "./dom.js";
import { draw } from "./ink.js";
import { withTexts } from "./png.js";
import { CANVAS_PX } from "./stroke.js";

/** @typedef {import("./api.js").Painted} Painted */
/** @typedef {import("./stroke.js").Stroke} Stroke */

const SIDE_PX = 1024;

/**
 * What files say of their making.
 * @param {Painted | null} painted
 * @returns {Record<string, string>}
 */
export function about(painted) {
  const software = { Software: "FacePencil" };
  if (!painted) return software;
  return { ...software, Model: painted.model, "Model sha256": painted.sha256 };
}

/**
 * @param {readonly Stroke[]} strokes
 * @param {Painted | null} painted
 */
export async function drawingPng(strokes, painted) {
  const paper = blank(SIDE_PX, SIDE_PX);
  drawOn(paper, strokes);
  return finished(paper, painted);
}

/** The face as it was painted, in its own size. @param {Painted} painted */
export async function facePng(painted) {
  const bytes = new Uint8Array(await (await load(painted.face)).arrayBuffer());
  return new Blob([withTexts(bytes, about(painted))], { type: "image/png" });
}

/**
 * Drawing and face side by side, the face enlarged.
 * @param {readonly Stroke[]} strokes
 * @param {Painted} painted
 */
export async function bothPng(strokes, painted) {
  const paper = blank(2 * SIDE_PX, SIDE_PX);
  drawOn(paper, strokes);
  paper.resetTransform();
  paper.imageSmoothingQuality = "high";
  const face = await createImageBitmap(await load(painted.face));
  paper.drawImage(face, SIDE_PX, 0, SIDE_PX, SIDE_PX);
  return finished(paper, painted);
}

/** @param {string} url Of data: no request goes out. */
async function load(url) {
  const binary = atob(url.slice(url.indexOf(",") + 1));
  const bytes = Uint8Array.from(binary, (one) => one.charCodeAt(0));
  return new Blob([bytes], { type: "image/png" });
}

/** @param {number} width @param {number} height */
function blank(width, height) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = context2d(canvas);
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  return context;
}

/** @param {CanvasRenderingContext2D} paper @param {readonly Stroke[]} strokes */
function drawOn(paper, strokes) {
  paper.scale(SIDE_PX / CANVAS_PX, SIDE_PX / CANVAS_PX);
  paper.strokeStyle = paper.fillStyle = "black";
  draw(paper, strokes);
}

/** @param {CanvasRenderingContext2D} paper @param {Painted | null} painted */
async function finished(paper, painted) {
  /** @type {Blob | null} */
  const blob = await new Promise((done) => paper.canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("this browser writes no PNG");
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return new Blob([withTexts(bytes, about(painted))], { type: "image/png" });
}
