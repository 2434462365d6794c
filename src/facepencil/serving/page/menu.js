/**
 * Menus beside the buttons that open them.
 * @module
 */

const GAP_PX = 8;

/**
 * Places a menu right of its button, or above it where there is no room, whole on the screen.
 * @param {HTMLElement} menu
 * @param {HTMLElement} button
 */
export function openBeside(menu, button) {
  menu.addEventListener("toggle", (event) => {
    if (!(event instanceof ToggleEvent) || event.newState !== "open") return;
    const at = button.getBoundingClientRect();
    const { width, height } = menu.getBoundingClientRect();
    const beside = at.right + GAP_PX + width < innerWidth;
    const left = beside ? at.right + GAP_PX : innerWidth - width - GAP_PX;
    const top = beside ? at.top : at.top - height - GAP_PX;
    menu.style.left = `${Math.max(GAP_PX, left)}px`;
    menu.style.top = `${Math.max(GAP_PX, Math.min(top, innerHeight - height - GAP_PX))}px`;
  });
}
