/**
 * Keys that work anywhere on the page, and the list of all keys.
 * @module
 */

import { byId } from "./dom.js";

/** What each key presses: the id of a button. */
const BUTTONS = {
  p: "pen",
  e: "eraser",
  h: "hand",
  s: "symmetric",
  n: "new",
  o: "open",
  l: "link",
  "+": "zoom-in",
  "=": "zoom-in",
  "-": "zoom-out",
  0: "zoom-whole",
  "?": "help",
};

const LISTED = [
  ["Arrows", "move the pen of the keyboard, on the drawing"],
  ["Shift + arrows", "in larger steps"],
  ["Alt + arrows", "in small steps"],
  ["Space", "put the pen down, or lift it"],
  ["Esc", "take back the stroke being drawn"],
  ["P  E  H", "pen, eraser, move"],
  ["S", "symmetric drawing"],
  ["Ctrl + Z", "undo"],
  ["Ctrl + Y", "redo"],
  ["+  −  0", "zoom in, zoom out, show all"],
  ["N", "new drawing"],
  ["O", "open a file"],
  ["Ctrl + S", "save the drawing as SVG"],
  ["L", "link to the drawing"],
  ["?", "this list"],
];

/** @param {{undo: () => void, redo: () => void}} sheet @param {() => void} save */
export function listenForKeys(sheet, save) {
  listKeys();
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    if (document.querySelector("dialog[open]")) return;
    if (event.ctrlKey || event.metaKey) {
      if (key === "z") event.shiftKey ? sheet.redo() : sheet.undo();
      else if (key === "y") sheet.redo();
      else if (key === "s") save();
      else return;
    } else if (isTyping(event.target) || event.altKey || !(key in BUTTONS)) return;
    else byId(BUTTONS[/** @type {keyof typeof BUTTONS} */ (key)], HTMLButtonElement).click();
    event.preventDefault();
  });
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return (
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && target.type === "text")
  );
}

function listKeys() {
  const list = /** @type {HTMLElement} */ (document.querySelector("#keys dl"));
  for (const [key, what] of LISTED) {
    const term = document.createElement("dt");
    const text = document.createElement("dd");
    term.textContent = key;
    text.textContent = what;
    list.append(term, text);
  }
}
