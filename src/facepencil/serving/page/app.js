/**
 * The page: puts drawing, face and controls together.
 * @module
 */

import { models, nearest } from "./api.js";
import { Paper } from "./canvas.js";
import { bindModels, bindPalette, bindSlider, bindSwitch, optionsFor } from "./controls.js";
import { button, byId, canvas, element, input } from "./dom.js";
import { rememberFace } from "./earlier.js";
import { EXPORTED } from "./exported.js";
import { FacePane } from "./face.js";
import { acceptFiles, offerFiles } from "./files.js";
import { drawIcons } from "./icons.js";
import { KeyboardPen } from "./keyboard.js";
import { listenForKeys } from "./keys.js";
import { Latest } from "./latest.js";
import { fromLink, toLink } from "./link.js";
import { openBeside } from "./menu.js";
import { Painting } from "./painting.js";
import { EXAMPLES, GUIDE } from "./parts.js";
import { Pointers } from "./pointer.js";
import {
  keepDrawing,
  keepSettings,
  keepSteps,
  loadDrawing,
  loadSettings,
  loadSteps,
} from "./settings.js";
import { Sheet } from "./sheet.js";
import { fillShelf } from "./shelf.js";
import { distance } from "./stroke.js";
import { Eraser, Hand, Pen } from "./tools.js";
import { onCanvas, WHOLE, zoomed } from "./view.js";

/** @typedef {import("./api.js").Model} Model */
/** @typedef {import("./stroke.js").Point} Point */
/** @typedef {import("./stroke.js").Stroke} Stroke */

const ZOOM_STEP = 1.5;
const SHADOWS = 6;
const RETRY_MS = 2000;
const MOVED_PX = 0.5;
/** @type {Point} */
const MIDDLE = [0.5, 0.5];

const settings = loadSettings();
const kept = loadDrawing();
const sheet = new Sheet(loadSteps(kept ?? EXAMPLES[0].strokes));
const paper = new Paper(element("paper"));
const pane = new FacePane();
const tools = {
  pen: new Pen(sheet, paper, settings),
  eraser: new Eraser(sheet, paper, settings),
  hand: new Hand(sheet, paper),
};
/** @type {keyof typeof tools} */
let chosen = "pen";
/** @type {readonly Model[]} */
let known = [];

const paintings = {
  first: new Painting(pane, "first", (painted, strokes) => {
    if (painted) rememberFace(painted, () => sheet.commit(strokes, "Back to an earlier drawing."));
    paper.showUnder({ refined: painted ? refinedOf(painted, strokes) : [] });
  }),
  second: new Painting(pane, "second"),
};

const shadows = new Latest(
  (/** @type {readonly Stroke[]} */ strokes) => nearest(strokes, SHADOWS),
  {
    answered: (shadow) => paper.showUnder({ shadow: settings.shadow ? shadow : [] }),
    failed: (error) => say(error instanceof Error ? error.message : String(error)),
  },
);

/**
 * The refined strokes, to be seen beneath those that were drawn; none where they are the same.
 * @param {import("./api.js").Painted} painted
 * @param {readonly Stroke[]} drawn
 */
function refinedOf({ strokes = [] }, drawn) {
  const points = drawn.flatMap((stroke) => stroke.points);
  const refined = strokes.flat();
  const same =
    refined.length === points.length &&
    refined.every((point, i) => distance(point, points[i]) < MOVED_PX);
  return same ? [] : strokes.map((chain) => ({ points: chain }));
}

/** @param {string} text */
function say(text) {
  element("said").textContent = text;
}

/** @param {boolean} finished */
function repaint(finished) {
  const model = known.find((one) => one.name === settings.model);
  const strokes = finished ? always(sheet.strokes) : () => sheet.shown;
  paintings.first.want({ strokes, options: optionsFor(settings, model), finished });
  const other = known.find((one) => one.name === settings.against);
  const wanted = other ? strokes : always([]);
  paintings.second.want({ strokes: wanted, options: optionsFor(settings, other), finished });
}

/** @param {readonly Stroke[]} strokes */
function always(strokes) {
  return () => strokes;
}

function castShadow() {
  const able = known.some((one) => one.options.refine);
  if (able && settings.shadow && sheet.strokes.length) shadows.want(sheet.strokes);
  else paper.showUnder({ shadow: [] });
}

/** @param {string} said */
function showSheet(said) {
  paper.showInk(sheet.strokes);
  showSteps();
  keepDrawing(sheet.strokes);
  say(said);
  castShadow();
  repaint(true);
}

function showSteps() {
  button("undo").disabled = !sheet.canUndo;
  button("redo").disabled = !sheet.canRedo;
}

function changed() {
  keepSettings(settings);
  paper.showWet({ axis: settings.symmetric ? settings.axis : null });
  paper.showUnder({ guideShare: settings.guide });
  repaint(true);
}

/** @param {keyof typeof tools} name */
function choose(name) {
  chosen = name;
  for (const key of Object.keys(tools)) button(key).ariaPressed = String(key === name);
  element("paper").dataset.tool = name;
  paper.showWet({ ring: null });
}

/** @param {import("./view.js").View} view */
function look(view) {
  paper.look(view);
  showZoom();
}

function showZoom() {
  button("zoom-whole").textContent = `${Math.round(paper.view.zoom * 100)} %`;
  button("zoom-out").disabled = button("zoom-whole").disabled = paper.view.zoom === 1;
}

/**
 * Strokes that move together from now on.
 * @param {readonly Stroke[]} strokes
 */
function grouped(strokes) {
  const group = 1 + Math.max(0, ...sheet.strokes.map((one) => one.group ?? 0));
  return strokes.map((one) => ({ ...one, group }));
}

function bindTools() {
  for (const name of /** @type {const} */ (["pen", "eraser", "hand"])) {
    button(name).addEventListener("click", () => choose(name));
  }
  button("undo").addEventListener("click", () => sheet.undo());
  button("redo").addEventListener("click", () => sheet.redo());
  button("new").addEventListener("click", () => {
    if (sheet.strokes.length) sheet.commit([], "A clean sheet. Undo brings the drawing back.");
  });
  button("zoom-in").addEventListener("click", () => look(zoomed(paper.view, ZOOM_STEP, MIDDLE)));
  button("zoom-out").addEventListener("click", () =>
    look(zoomed(paper.view, 1 / ZOOM_STEP, MIDDLE)),
  );
  button("zoom-whole").addEventListener("click", () => look(WHOLE));
  button("help").addEventListener("click", () => byId("keys", HTMLDialogElement).showModal());
}

function bindSettings() {
  const symmetric = button("symmetric");
  symmetric.ariaPressed = String(settings.symmetric);
  symmetric.addEventListener("click", () => {
    settings.symmetric = !settings.symmetric;
    symmetric.ariaPressed = String(settings.symmetric);
    say(settings.symmetric ? "Both sides are drawn." : "One side is drawn.");
    changed();
  });
  bindSwitch(settings, "smooth", changed);
  bindSwitch(settings, "pressure", changed);
  bindSwitch(settings, "shadow", () => {
    castShadow();
    changed();
  });
  for (const key of /** @type {const} */ (["attention", "place"]))
    bindSwitch(settings, key, changed);
  const percent = (/** @type {number} */ value) => `${Math.round(value * 100)} %`;
  const pixels = (/** @type {number} */ value) => `${value} px`;
  for (const key of /** @type {const} */ (["guide", "refine", "level"])) {
    bindSlider(settings, key, key, percent, changed);
  }
  bindSlider(settings, "eraserPx", "eraser-px", pixels, changed);
  bindSlider(settings, "axis", "axis", pixels, changed);
  bindPalette(settings, changed);
}

function bindLink() {
  const box = byId("link-box", HTMLDialogElement);
  const text = input("link-text");
  button("link").addEventListener("click", async () => {
    const url = new URL(location.href);
    url.hash = await toLink(sheet.strokes);
    text.value = url.href;
    box.showModal();
    text.select();
  });
  button("link-copy").addEventListener("click", async () => {
    text.select();
    await navigator.clipboard.writeText(text.value).catch(() => document.execCommand("copy"));
    box.close();
    say("The link is in the clipboard.");
  });
  window.addEventListener("hashchange", followLink);
}

/** Shows the drawing that the address holds, which then is the page's own and no longer there. */
async function followLink() {
  const strokes = await fromLink(location.hash);
  if (!strokes) return;
  history.replaceState(null, "", location.pathname + location.search);
  sheet.commit(strokes, "The link's drawing. Undo brings back what was here.");
}

async function findModels() {
  try {
    known = await models();
    bindModels(known, settings, changed);
    castShadow();
    repaint(true);
  } catch (error) {
    pane.tell(
      "first",
      "offline",
      `${error instanceof Error ? error.message : error}; trying again`,
    );
    setTimeout(findModels, RETRY_MS);
  }
}

function start() {
  drawIcons();
  bindTools();
  bindSettings();
  bindLink();
  openBeside(element("lines-menu"), button("lines"));
  const desk = {
    strokes: () => sheet.strokes,
    painted: () => pane.first,
    opened: sheet.commit.bind(sheet),
    say,
  };
  acceptFiles(desk);
  const save = offerFiles(desk);
  fillShelf({
    start: (strokes, name) => sheet.commit(strokes, `Example: ${name}.`),
    add: (strokes, name) => sheet.commit([...sheet.strokes, ...grouped(strokes)], `${name} added.`),
    place: placeOf,
  });
  const tool = () => tools[chosen];
  const penTool = (/** @type {boolean} */ turned) => (turned ? tools.eraser : tool());
  new Pointers(canvas("canvas"), paper, { tool: penTool, viewed: showZoom, hovered: showRing });
  new KeyboardPen(canvas("canvas"), paper, { tool, say });
  listenForKeys(sheet, () => save("drawing.svg"));
  sheet.addEventListener("change", (event) => {
    if (event instanceof CustomEvent) showSheet(event.detail);
  });
  sheet.addEventListener("draft", () => repaint(false));
  // Steps are kept when the page goes, the drawing itself at once.
  for (const event of ["pagehide", "visibilitychange"]) {
    addEventListener(event, () => keepSteps(sheet.steps), { capture: true });
  }
  paper.showUnder({ guide: GUIDE, guideShare: settings.guide });
  paper.showWet({ axis: settings.symmetric ? settings.axis : null });
  paper.showInk(sheet.strokes);
  element("alone").hidden = !EXPORTED;
  if (!kept) say("An example to begin with. Draw on it, or press New.");
  showSteps();
  showZoom();
  choose("pen");
  void findModels();
  void followLink();
}

/** @param {PointerEvent} event */
function placeOf(event) {
  const box = element("paper").getBoundingClientRect();
  const x = (event.clientX - box.left) / box.width;
  const y = (event.clientY - box.top) / box.height;
  return x < 0 || y < 0 || x > 1 || y > 1 ? null : onCanvas(paper.view, [x, y]);
}

/** @param {Point | null} at */
function showRing(at) {
  const ring = at && chosen === "eraser" ? { at, radius: settings.eraserPx } : null;
  paper.showWet({ ring });
}

start();
