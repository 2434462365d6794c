/**
 * Elements of the page by their ids.
 * @module
 */

/**
 * @template {Element} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new TypeError(`#${id}: expected a ${kind.name}`);
  return found;
}

/** @param {string} id */
export function button(id) {
  return byId(id, HTMLButtonElement);
}

/** @param {string} id */
export function input(id) {
  return byId(id, HTMLInputElement);
}

/** @param {string} id */
export function canvas(id) {
  return byId(id, HTMLCanvasElement);
}

/** @param {string} id */
export function element(id) {
  return byId(id, HTMLElement);
}

/** @param {HTMLCanvasElement} layer */
export function context2d(layer) {
  const context = layer.getContext("2d");
  if (!context) throw new Error("this browser draws no 2D canvas");
  return context;
}
