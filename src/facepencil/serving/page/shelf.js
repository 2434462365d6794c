/**
 * The shelf under the drawing: examples to start from, and parts to add or to drag onto it.
 * @module
 */

import { element } from "./dom.js";
import { EXAMPLES, PARTS } from "./parts.js";
import { bounds, moved } from "./stroke.js";
import { thumbnail } from "./thumbnail.js";

/** @typedef {import("./canvas.js").Paper} Paper */
/** @typedef {import("./parts.js").Part} Part */
/** @typedef {import("./stroke.js").Point} Point */
/** @typedef {import("./stroke.js").Stroke} Stroke */

const DRAG_PX = 6;

/**
 * @param {{start: (strokes: readonly Stroke[], name: string) => void,
 *   add: (strokes: readonly Stroke[], name: string) => void,
 *   place: (event: PointerEvent) => Point | null}} page `place` gives where on the canvas a pointer
 *   is, or null outside it.
 */
export function fillShelf(page) {
  for (const { name, strokes } of EXAMPLES) {
    const button = thumbnail(strokes, name);
    button.addEventListener("click", () => {
      close();
      page.start(strokes, name);
    });
    element("examples").append(button);
  }
  for (const part of PARTS) {
    const name = `${part.kind}, ${part.name}`;
    const button = thumbnail(part.strokes, name);
    button.addEventListener("click", () => {
      if (!button.dataset.dragged) page.add(part.strokes, name);
      delete button.dataset.dragged;
      close();
    });
    letDrag(button, (event) => {
      const at = page.place(event);
      if (at) page.add(centredAt(part.strokes, at), name);
    });
    element("part-list").append(button);
  }
}

/** Where the shelf is a sheet over the drawing, it gives way. */
function close() {
  if (element("shelf").matches(":popover-open")) element("shelf").hidePopover();
}

/**
 * @param {readonly Stroke[]} strokes
 * @param {Point} at
 */
function centredAt(strokes, at) {
  const [left, top, right, bottom] = bounds(strokes);
  const [dx, dy] = [at[0] - (left + right) / 2, at[1] - (top + bottom) / 2];
  return strokes.map((one) => moved(one, ([x, y]) => [x + dx, y + dy]));
}

/**
 * Lets a button be dragged; a click without dragging stays a click.
 * @param {HTMLButtonElement} button
 * @param {(event: PointerEvent) => void} dropped
 */
function letDrag(button, dropped) {
  /** @type {{x: number, y: number, ghost: HTMLElement | null} | null} */
  let drag = null;
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    drag = { x: event.clientX, y: event.clientY, ghost: null };
  });
  button.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > DRAG_PX;
    if (far) drag.ghost ??= ghostOf(button);
    drag.ghost?.style.setProperty("translate", `${event.clientX}px ${event.clientY}px`);
  });
  button.addEventListener("pointerup", (event) => {
    if (drag?.ghost) {
      button.dataset.dragged = "yes";
      dropped(event);
    }
    end();
  });
  button.addEventListener("pointercancel", end);
  function end() {
    drag?.ghost?.remove();
    drag = null;
  }
}

/** @param {HTMLElement} button */
function ghostOf(button) {
  const ghost = document.createElement("div");
  ghost.className = "ghost";
  ghost.ariaHidden = "true";
  ghost.append(/** @type {Node} */ (button.firstChild).cloneNode(true));
  document.body.append(ghost);
  return ghost;
}
