/**
 * Sliders, switches and colours, bound to the settings.
 * @module
 */

import { button, byId, element, input } from "./dom.js";

/** @typedef {import("./api.js").Model} Model */
/** @typedef {import("./api.js").PaintOptions} PaintOptions */
/** @typedef {import("./settings.js").Settings} Settings */

/** @typedef {{[Key in keyof Settings]: Settings[Key] extends boolean ? Key : never}[keyof Settings]} Switch */
/** @typedef {{[Key in keyof Settings]: Settings[Key] extends number ? Key : never}[keyof Settings]} Slider */

/** @type {readonly ("hair" | "skin" | "ground")[]} */
const COLOURS = ["hair", "skin", "ground"];
const UNKNOWN = "#808080";

/**
 * @param {Settings} settings
 * @param {Switch} key
 * @param {(value: boolean) => void} changed
 */
export function bindSwitch(settings, key, changed) {
  const box = input(key);
  box.checked = settings[key];
  box.addEventListener("change", () => changed((settings[key] = box.checked)));
}

/**
 * @param {Settings} settings
 * @param {Slider} key
 * @param {string} id
 * @param {(value: number) => string} shown
 * @param {() => void} changed
 */
export function bindSlider(settings, key, id, shown, changed) {
  const slider = input(id);
  const output = slider.parentElement?.querySelector("output");
  const show = () => {
    if (output) output.value = shown(settings[key]);
  };
  slider.value = String(settings[key]);
  slider.addEventListener("input", () => {
    settings[key] = Number(slider.value);
    show();
    changed();
  });
  show();
}

/** @param {Settings} settings @param {() => void} changed */
export function bindPalette(settings, changed) {
  for (const key of COLOURS) {
    input(key).addEventListener("input", () => {
      settings[key] = input(key).value;
      showColours(settings);
      changed();
    });
  }
  button("palette-none").addEventListener("click", () => {
    for (const key of COLOURS) settings[key] = "";
    showColours(settings);
    changed();
  });
  showColours(settings);
}

/** Shows what is chosen, and for the rest what the model is told then. @param {Settings} settings */
function showColours(settings) {
  for (const key of COLOURS) {
    const colour = input(key);
    colour.value = settings[key] || colour.dataset.usual || UNKNOWN;
    colour.dataset.chosen = String(Boolean(settings[key]));
  }
  button("palette-none").hidden = COLOURS.every((key) => !settings[key]);
}

/**
 * Offers the models, and keeps the choice among them.
 * @param {readonly Model[]} models
 * @param {Settings} settings
 * @param {() => void} changed
 */
export function bindModels(models, settings, changed) {
  const names = models.map((one) => one.name);
  if (!names.includes(settings.model)) settings.model = names[0] ?? "";
  if (!names.includes(settings.against)) settings.against = "";
  const model = byId("model", HTMLSelectElement);
  const against = byId("against", HTMLSelectElement);
  model.replaceChildren(...models.map((one) => new Option(one.name, one.name)));
  against.replaceChildren(new Option("none", ""), ...names.map((name) => new Option(name, name)));
  [model.value, against.value] = [settings.model, settings.against];
  element("against-pick").hidden = names.length < 2;
  const show = () => {
    showOptions(models.find((one) => one.name === settings.model));
    showColours(settings);
  };
  for (const select of [model, against]) {
    select.addEventListener("change", () => {
      settings[select === model ? "model" : "against"] = select.value;
      show();
      changed();
    });
  }
  show();
}

/**
 * Shows only what a model can do. A server that refines drawings has the faces of a run, and can
 * place drawings and find like faces as well.
 * @param {Model | undefined} model
 */
function showOptions(model) {
  for (const key of ["place", "shadow"]) element(`${key}-option`).hidden = !model?.options.refine;
  for (const key of /** @type {const} */ (["refine", "level", "palette", "attention"])) {
    element(`${key}-option`).hidden = !model?.options[key];
  }
  for (const key of COLOURS) input(key).dataset.usual = model?.usual?.[key] ?? "";
}

/**
 * What to ask a model for.
 * @param {Settings} settings
 * @param {Model | undefined} model
 * @returns {PaintOptions}
 */
export function optionsFor(settings, model) {
  /** @type {PaintOptions} */
  const options = model ? { model: model.name } : {};
  if (model?.options.refine && settings.place) options.place = true;
  if (model?.options.refine && settings.refine) options.refine = settings.refine;
  if (model?.options.level) options.level = settings.level;
  if (model?.options.attention && settings.attention) options.attention = true;
  const chosen = COLOURS.filter((key) => settings[key]).map((key) => [key, settings[key]]);
  if (model?.options.palette && chosen.length) options.palette = Object.fromEntries(chosen);
  return options;
}
