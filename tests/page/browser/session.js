import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after } from "node:test";

import { chromium } from "playwright-core";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("../../../src/facepencil/serving/page/stroke.js").Stroke} Stroke */

/** Where the page is served; see test_page.py. */
export const URL_OF_PAGE = process.env.FACEPENCIL_PAGE ?? "";
const CHROMIUM = process.env.FACEPENCIL_CHROMIUM ?? "";

const PATIENCE_MS = 15_000;
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
after(() => browser.close());

/**
 * Runs a test on a fresh page; fails on errors in its console and on requests to other hosts.
 * @param {(page: Page) => Promise<void>} body
 * @param {import("playwright-core").BrowserContextOptions & {hash?: string, failures?: boolean,
 *   patience?: number}}
 *   [options] `failures`: whether requests are meant to fail; `patience`: ms for each step.
 */
export async function onPage(
  body,
  { hash = "", failures = false, patience = PATIENCE_MS, ...options } = {},
) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(patience);
  try {
    const page = await context.newPage();
    const errors = watched(page);
    await page.goto(URL_OF_PAGE + hash);
    if (!failures) await painted(page);
    await body(page);
    const meant = failures ? /Failed to load resource/ : /^$/;
    assert.deepEqual(
      errors.filter((error) => !meant.test(error)),
      [],
    );
  } finally {
    await context.close();
  }
}

/** @param {Page} page */
function watched(page) {
  /** @type {string[]} */
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) errors.push(message.text());
  });
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== new URL(URL_OF_PAGE).origin && !["data:", "blob:"].includes(protocol)) {
      errors.push(`a request to ${origin}`);
    }
  });
  return errors;
}

/** Waits until a face is shown and nothing is in flight. @param {Page} page */
export async function painted(page) {
  await page.waitForSelector('#face[data-state="idle"]:has(#which-first:not([hidden]))');
}

/** The strokes, as the page keeps them. @param {Page} page @returns {Promise<Stroke[]>} */
export async function strokes(page) {
  const kept = await page.evaluate(() => localStorage.getItem("facepencil.drawing"));
  return JSON.parse(kept ?? "null");
}

/** @param {Page} page */
export async function cleanSheet(page) {
  await page.click("#new");
  await page.waitForSelector("#face-empty:not([hidden])");
  assert.deepEqual(await strokes(page), []);
}

/**
 * Places of the canvas on the screen.
 * @param {Page} page
 * @returns {Promise<(x: number, y: number) => [number, number]>}
 */
export async function screen(page) {
  const box = await page.locator("#canvas").boundingBox();
  assert.ok(box);
  return (x, y) => [box.x + (x / 512) * box.width, box.y + (y / 512) * box.height];
}

/**
 * Draws with the mouse along a path on the canvas.
 * @param {Page} page
 * @param {readonly (readonly number[])[]} path
 */
export async function draw(page, path) {
  const at = await screen(page);
  await page.mouse.move(...at(path[0][0], path[0][1]));
  await page.mouse.down();
  for (const [x, y] of path.slice(1)) await page.mouse.move(...at(x, y));
  await page.mouse.up();
}

/** A digest of what the pane of the face shows. @param {Page} page */
export async function face(page) {
  await painted(page);
  return digest(page, "#face-first");
}

/**
 * @param {Page} page
 * @param {string} selector Of a canvas.
 */
export async function digest(page, selector) {
  const url = await page
    .locator(selector)
    .evaluate((layer) => /** @type {HTMLCanvasElement} */ (layer).toDataURL());
  return createHash("sha256").update(url).digest("hex");
}

/**
 * Waits until a canvas shows something else, or that which has the given digest.
 * @param {Page} page
 * @param {string} selector
 * @param {(now: string) => boolean} wanted
 */
export async function shows(page, selector, wanted) {
  const end = Date.now() + PATIENCE_MS;
  while (!wanted(await digest(page, selector))) {
    assert.ok(Date.now() < end, `${selector} does not change`);
    await page.waitForTimeout(50);
  }
}

/**
 * How many px of a layer are inked.
 * @param {Page} page
 * @param {string} layer
 */
export async function inked(page, layer) {
  return page.locator(`#paper .${layer}`).evaluate((element) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (element);
    const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    copy?.drawImage(/** @type {HTMLCanvasElement} */ (element), 0, 0);
    const data = copy?.getImageData(0, 0, width, height).data ?? [];
    return data.filter((value, i) => i % 4 === 3 && value > 0).length;
  });
}

/**
 * Points along an arc.
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {number} [from] Turns.
 * @param {number} [to]
 */
export function arc(x, y, radius, from = 0, to = 1) {
  return Array.from({ length: 31 }, (_, i) => {
    const angle = 2 * Math.PI * (from + ((to - from) * i) / 30);
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });
}
