/**
 * Files that are opened and saved, and the clipboard.
 * @module
 */

import { sketch } from "./api.js";
import { byId, element, input } from "./dom.js";
import { EXPORTED } from "./exported.js";
import { about, bothPng, drawingPng, facePng } from "./picture.js";
import { fromPlainSvg, toSvg } from "./svg.js";

/** @typedef {import("./api.js").Painted} Painted */
/** @typedef {import("./stroke.js").Stroke} Stroke */

/**
 * @typedef {object} Desk
 * @property {() => readonly Stroke[]} strokes
 * @property {() => Painted | null} painted
 * @property {(strokes: readonly Stroke[], said: string) => void} opened
 * @property {(text: string) => void} say
 */

/** Lets files be opened by button, by drop and from the clipboard. @param {Desk} desk */
export function acceptFiles(desk) {
  const file = input("file");
  element("open").addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    if (file.files?.[0]) void open(file.files[0], desk);
    file.value = "";
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    const dropped = event.dataTransfer?.files[0];
    if (dropped) void open(dropped, desk);
  });
  document.addEventListener("paste", (event) => {
    const pasted = event.clipboardData?.files[0];
    if (pasted) void open(pasted, desk);
  });
}

/**
 * Lets drawing and face be saved and copied.
 * @param {Desk} desk
 * @returns {(name: string) => void} Saves what has that name.
 */
export function offerFiles(desk) {
  const menu = element("save-menu");
  menu.addEventListener("click", (event) => {
    if (!(event.target instanceof HTMLButtonElement)) return;
    const { save, copy } = event.target.dataset;
    menu.hidePopover();
    if (save) void guarded(desk, () => saveAs(save, desk));
    if (copy) void guarded(desk, () => copyAs(copy, desk));
  });
  menu.addEventListener("beforetoggle", () => {
    for (const button of menu.querySelectorAll("button")) {
      const wants = `${button.dataset.save ?? ""}${button.dataset.copy ?? ""}`;
      const face = /face|both/.test(wants) && !desk.painted();
      button.disabled = face || (!/face/.test(wants) && !desk.strokes().length);
    }
  });
  return (name) => void guarded(desk, () => saveAs(name, desk));
}

/**
 * @param {File} file
 * @param {Desk} desk
 */
async function open(file, desk) {
  await guarded(desk, async () => {
    if (/svg/.test(file.type) || /\.svg$/i.test(file.name)) {
      const strokes = fromPlainSvg(await file.text());
      if (strokes?.length) return desk.opened(strokes, `${file.name} opened.`);
      return traced(file, "drawing", desk);
    }
    const kind = EXPORTED ? "drawing" : await askKind();
    if (kind) await traced(file, kind, desk);
  });
}

/**
 * @param {File} file
 * @param {"drawing" | "photo"} kind
 * @param {Desk} desk
 */
async function traced(file, kind, desk) {
  desk.say(`Reading ${file.name} …`);
  const { strokes, advice } = await sketch(file, kind);
  if (!strokes.length) return desk.say(`${file.name}: no lines found.`);
  desk.opened(strokes, [`${file.name} opened.`, advice].filter(Boolean).join(" "));
}

/** @returns {Promise<"drawing" | "photo" | null>} */
function askKind() {
  const dialog = byId("open-kind", HTMLDialogElement);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener(
      "close",
      () => {
        const value = dialog.returnValue;
        done(value === "drawing" || value === "photo" ? value : null);
      },
      { once: true },
    );
  });
}

/** @param {string} name @param {Desk} desk */
async function saveAs(name, desk) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await made(name, desk));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
  desk.say(`${name} saved.`);
}

/** @param {string} what @param {Desk} desk */
async function copyAs(what, desk) {
  await navigator.clipboard.write([new ClipboardItem({ "image/png": made(`${what}.png`, desk) })]);
  desk.say(`The ${what} is in the clipboard.`);
}

/** @param {string} name @param {Desk} desk @returns {Promise<Blob>} */
async function made(name, { strokes, painted }) {
  const face = painted();
  if (name === "drawing.svg") {
    return new Blob([toSvg(strokes(), { about: about(face) })], { type: "image/svg+xml" });
  }
  if (name === "drawing.png") return drawingPng(strokes(), face);
  if (!face) throw new Error("There is no face yet");
  return name === "face.png" ? facePng(face) : bothPng(strokes(), face);
}

/**
 * Does something that may fail, and says why it did.
 * @param {Desk} desk
 * @param {() => unknown} work
 */
async function guarded(desk, work) {
  try {
    await work();
  } catch (error) {
    desk.say(error instanceof Error ? error.message : String(error));
  }
}
