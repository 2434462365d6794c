/**
 * The strip of earlier faces; each brings its drawing back.
 * @module
 */

import { element } from "./dom.js";

/** @typedef {import("./api.js").Painted} Painted */
/** @typedef {import("./stroke.js").Stroke} Stroke */

const MOST = 24;

/**
 * @param {Painted} painted
 * @param {() => void} chosen
 */
export function rememberFace(painted, chosen) {
  const strip = element("earlier");
  const newest = strip.querySelector("img");
  if (newest?.src === painted.face) return;
  const button = document.createElement("button");
  const picture = document.createElement("img");
  picture.src = painted.face;
  picture.alt = "";
  button.className = "thumbnail";
  button.ariaLabel = button.title = `Back to the face of ${new Date().toLocaleTimeString()}`;
  button.append(picture);
  button.addEventListener("click", chosen);
  strip.prepend(button);
  while (strip.childElementCount > MOST) strip.lastElementChild?.remove();
}
