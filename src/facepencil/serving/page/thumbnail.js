/**
 * Small pictures of drawings, on buttons.
 * @module
 */

import { bounds } from "./stroke.js";
import { pathData } from "./svg.js";

/** @typedef {import("./stroke.js").Stroke} Stroke */

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 0.08;

/**
 * A button that shows strokes, as large as they fit.
 * @param {readonly Stroke[]} strokes
 * @param {string} name
 */
export function thumbnail(strokes, name) {
  const button = document.createElement("button");
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  const [left, top, right, bottom] = bounds(strokes);
  const side = Math.max(right - left, bottom - top) * (1 + 2 * MARGIN);
  const [x, y] = [(left + right - side) / 2, (top + bottom - side) / 2];
  svg.setAttribute("viewBox", `${x} ${y} ${side} ${side}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", strokes.map(pathData).join(""));
  svg.append(path);
  button.append(svg);
  button.className = "thumbnail";
  button.title = button.ariaLabel = name;
  return button;
}
