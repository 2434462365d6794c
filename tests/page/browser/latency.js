/**
 * Measures the time from the end of strokes to the pixels of their faces; see benchmarks/bench_page.py.
 * @module
 */

import { chromium } from "playwright-core";

import { EXAMPLES } from "../../../src/facepencil/serving/page/parts.js";
import { sampled } from "../../../src/facepencil/serving/page/stroke.js";

const ROUNDS = 4;
const PEN_DOWN_MS = 8;

const browser = await chromium.launch({
  executablePath: process.env.FACEPENCIL_CHROMIUM,
  args: ["--no-sandbox"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
await page.goto(process.env.FACEPENCIL_PAGE ?? "");
await page.waitForSelector('#face[data-state="idle"]:has(#which-first:not([hidden]))');
await page.evaluate(watch);

const box = await page.locator("#canvas").boundingBox();
if (!box) throw new Error("no canvas");
for (let round = 0; round < ROUNDS; round++) {
  await page.click("#new");
  for (const stroke of EXAMPLES[round % EXAMPLES.length].strokes) {
    await draw(
      sampled(stroke, 4).map(([x, y]) => [
        box.x + (x / 512) * box.width,
        box.y + (y / 512) * box.height,
      ]),
    );
  }
}
console.log(JSON.stringify(await page.evaluate(() => Reflect.get(window, "times"))));
await browser.close();

/**
 * One stroke at the speed of a hand, and the wait for its face.
 * @param {number[][]} path
 */
async function draw(path) {
  await page.mouse.move(path[0][0], path[0][1]);
  await page.mouse.down();
  for (const [x, y] of path.slice(1)) {
    await page.mouse.move(x, y);
    await page.waitForTimeout(PEN_DOWN_MS);
  }
  await page.mouse.up();
  await page.waitForFunction(() => Reflect.get(window, "waiting") === false);
}

/**
 * Notes when a stroke ends, when ink follows a pointer, and when the frame with the face of the
 * whole stroke has begun.
 */
function watch() {
  const times = { face: /** @type {number[]} */ ([]), ink: /** @type {number[]} */ ([]) };
  Object.assign(window, { times, waiting: false });
  const face = document.getElementById("face");
  const canvas = document.getElementById("canvas");
  let ended = 0;
  canvas?.addEventListener("pointerup", (event) => {
    ended = event.timeStamp;
    Object.assign(window, { waiting: true });
  });
  canvas?.addEventListener("pointermove", (event) => {
    if (event.buttons)
      requestAnimationFrame(() => times.ink.push(performance.now() - event.timeStamp));
  });
  new MutationObserver(() => {
    if (!ended || face?.dataset.state !== "idle") return;
    requestAnimationFrame((now) => {
      if (ended) times.face.push(now - ended);
      ended = 0;
      Object.assign(window, { waiting: false });
    });
  }).observe(/** @type {Node} */ (face), { attributes: true, attributeFilter: ["data-state"] });
}
