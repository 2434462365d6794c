/**
 * The pictures on buttons, 24 px square, drawn in the colour of their text.
 * @module
 */

const SVG = "http://www.w3.org/2000/svg";

/** @type {Record<string, string>} */
const PATHS = {
  new: "M7 3.500h7l4.500 4.500v12.500h-11.500zM14 3.500v4.500h4.500",
  open: "M3.500 18.500v-13h6l2 2.500h9v3M3.500 18.500l2.500-7.500h15.500l-2.500 7.500z",
  save: "M12 4v11M7.500 11l4.500 4.500 4.500-4.500M4.500 19.500h15",
  link: "M10 14a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700l-1.200 1.200M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1.200-1.200",
  help: "M3.500 6.500h17v11h-17zM7 10h.01M10.500 10h.01M14 10h.01M17 10h.01M8 14h8",
  pen: "M4 20l1-4.500L16.500 4a2.100 2.100 0 0 1 3 3L8 18.500 4 20zM14.500 6l3 3",
  eraser:
    "M8.500 19.500L3.800 14.800a1.500 1.500 0 0 1 0-2.100L12.500 4a1.500 1.500 0 0 1 2.100 0l5.400 5.400a1.500 1.500 0 0 1 0 2.100l-8 8zM8.300 8.300l7.500 7.500M8.500 19.500h12",
  hand: "M12 3v18M3 12h18M12 3l-2.500 2.500M12 3l2.500 2.500M12 21l-2.500-2.500M12 21l2.500-2.500M3 12l2.500-2.500M3 12l2.500 2.500M21 12l-2.500-2.500M21 12l-2.500 2.500",
  undo: "M8.500 5L4 9.500 8.500 14M4 9.500h10a5.500 5.500 0 0 1 0 11h-3.500",
  redo: "M15.500 5L20 9.500 15.500 14M20 9.500H10a5.500 5.500 0 0 0 0 11h3.500",
  symmetric:
    "M12 3v2.500M12 8.500v2.500M12 14v2.500M12 19.500v1.500M8.500 7L3.500 17.500h5zM15.500 7l5 10.500h-5z",
  lines:
    "M4 7h9M17 7h3M4 17h3M11 17h9M15 7m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M9 17m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
  parts:
    "M3 8.500c3-3.500 8-3.500 11 0c-3 3-8 3-11 0M8.500 8.500h.01M9 17c3-1.500 4-1.500 5.500-.500c1.500-1 2.500-1 5.500.500c-3 4-8 4-11 0",
  options:
    "M12 3.500l1.800 5.200 5.200 1.800-5.200 1.800-1.800 5.200-1.800-5.200-5.200-1.800 5.200-1.800zM19 16v4M17 18h4",
  plus: "M12 6v12M6 12h12",
  minus: "M6 12h12",
};

/** Puts its picture on each button that names one, with its label as the tooltip. */
export function drawIcons() {
  for (const button of document.querySelectorAll("button[data-icon]")) {
    if (!(button instanceof HTMLButtonElement)) continue;
    const label = (button.textContent ?? "").trim();
    const key = button.ariaKeyShortcuts;
    button.title = key ? `${label} (${key.replace("Control", "Ctrl")})` : label;
    const text = document.createElement("span");
    text.textContent = label;
    button.replaceChildren(icon(button.dataset.icon ?? ""), text);
  }
}

/** @param {string} name */
function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
