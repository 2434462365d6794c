/**
 * The pane of the face: one face or two with a wipe, what the model attends to, and its state.
 * @module
 */

import { canvas, context2d, element, input } from "./dom.js";
import { EXPORTED } from "./exported.js";

/** @typedef {import("./api.js").Painted} Painted */

const SIDE_PX = 1024;
const HERE = EXPORTED ? "Painted in your browser; Keys says what takes a server." : "";

/** From good to bad. */
const STATES = /** @type {const} */ (["idle", "busy", "offline", "error"]);
/** @typedef {(typeof STATES)[number]} State */

export class FacePane {
  /** @type {Painted | null} */
  first = null;
  /** @type {Painted | null} */
  second = null;
  #layers = {
    first: canvas("face-first"),
    second: canvas("face-second"),
    attention: canvas("face-attention"),
  };
  #wipe = input("wipe");
  /** @type {Record<"first" | "second", {state: State, why: string}>} */
  #states = { first: { state: "idle", why: "" }, second: { state: "idle", why: "" } };

  constructor() {
    for (const layer of Object.values(this.#layers)) layer.width = layer.height = SIDE_PX;
    this.#wipe.addEventListener("input", () => this.#place());
    this.#place();
  }

  /**
   * @param {"first" | "second"} which
   * @param {Painted | null} painted Null empties it.
   */
  async show(which, painted) {
    this[which] = painted;
    if (painted) await enlarge(this.#layers[which], painted.face);
    if (which === "first" && painted?.attention) {
      await enlarge(this.#layers.attention, painted.attention);
    }
    this.#arrange();
  }

  /**
   * Shows the worse of the states of both halves.
   * @param {"first" | "second"} which
   * @param {State} state
   * @param {string} [why]
   */
  tell(which, state, why = "") {
    this.#states[which] = { state, why };
    const { first, second } = this.#states;
    const worse = STATES.indexOf(second.state) > STATES.indexOf(first.state) ? second : first;
    element("face").dataset.state = worse.state;
    element("face").ariaBusy = String(worse.state === "busy");
    if (element("state").textContent !== worse.why) element("state").textContent = worse.why;
  }

  #arrange() {
    const { first, second } = this;
    element("face-empty").hidden = first !== null;
    this.#layers.first.hidden = first === null;
    this.#layers.second.hidden = this.#wipe.hidden = second === null;
    this.#layers.attention.hidden = element("attention-key").hidden = !first?.attention;
    label("which-first", first);
    label("which-second", second);
    element("sure").textContent = element("sure").title = first ? certainty(first) || HERE : "";
  }

  #place() {
    const share = Number(this.#wipe.value);
    this.#layers.second.style.clipPath = `inset(0 0 0 ${share}%)`;
    element("face").style.setProperty("--wipe", `${share}%`);
  }
}

/**
 * What a person should know of a face: how sure a detector is of it, and advice on the drawing.
 * @param {Painted} painted
 */
export function certainty({ certain, advice }) {
  const parts = advice ? [sentence(advice)] : [];
  if (certain !== null) {
    const words = certain >= 0.75 ? "Clearly" : certain >= 0.5 ? "Probably" : "Hardly";
    parts.unshift(`${words} a face (${Math.round(certain * 100)} %).`);
  }
  return parts.join(" ");
}

/** @param {string} text */
function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** @param {string} id @param {Painted | null} painted */
function label(id, painted) {
  element(id).hidden = painted === null;
  if (painted) {
    element(id).textContent = `${painted.model}, ${painted.size_px} px`;
    element(id).title = `sha256 ${painted.sha256}`;
  }
}

/**
 * Draws a small picture large and smooth.
 * @param {HTMLCanvasElement} layer
 * @param {string} url
 */
async function enlarge(layer, url) {
  const picture = new Image();
  picture.src = url;
  await picture.decode();
  const context = context2d(layer);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.clearRect(0, 0, SIDE_PX, SIDE_PX);
  context.drawImage(picture, 0, 0, SIDE_PX, SIDE_PX);
}
