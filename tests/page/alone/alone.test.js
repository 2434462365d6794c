import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { toLink } from "../../../src/facepencil/serving/page/link.js";
import { draw, onPage, painted } from "../browser/session.js";

/** @typedef {import("playwright-core").Page} Page */

/** Drawings, what is chosen, and the faces that Python paints of them; see test_alone.py. */
const CASES = JSON.parse(readFileSync(process.env.FACEPENCIL_FACES ?? "", "utf8"));
/** How the page is reached: disk, static, isolated (static, and threads may share memory), server. */
const WAY = process.env.FACEPENCIL_WAY;

/** The pixels of the newest face, RGB. @param {Page} page @returns {Promise<number[]>} */
async function pixels(page) {
  return page.evaluate(async () => {
    const picture = /** @type {HTMLImageElement} */ (document.querySelector("#earlier img"));
    await picture.decode();
    const copy = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight).getContext("2d");
    copy?.drawImage(picture, 0, 0);
    const data = copy?.getImageData(0, 0, picture.naturalWidth, picture.naturalHeight).data ?? [];
    return [...data].filter((_, i) => i % 4 !== 3);
  });
}

/** Does something to the page, and waits for another face. @param {Page} page @param {() => unknown} change */
async function repainted(page, change) {
  const newest = () => page.locator("#earlier img").first().getAttribute("src");
  const before = await newest();
  await change();
  await page.waitForFunction(
    (old) => document.querySelector("#earlier img")?.getAttribute("src") !== old,
    before,
  );
  await painted(page);
}

/** @param {Page} page @param {string} id @param {string} value */
async function set(page, id, value) {
  await page.locator(id).evaluate((control, chosen) => {
    /** @type {HTMLInputElement} */ (control).value = chosen;
    control.dispatchEvent(new Event("input", { bubbles: true }));
  }, value);
}

/** @param {Page} page @param {string} rgb */
async function shows(page, rgb) {
  const wanted = [...Buffer.from(rgb, "base64")];
  const got = await pixels(page);
  assert.equal(got.length, wanted.length);
  const farthest = Math.max(...got.map((value, i) => Math.abs(value - wanted[i])));
  assert.ok(farthest <= 1, `${farthest} of 255`);
}

test("the page paints what Python paints", (all) =>
  onPage(
    async (page) => {
      for (const { name, model, drawing, set: wished, rgb } of CASES) {
        await all.test(`${name}: the face is that of the server`, async () => {
          const hash = await toLink(drawing.map((/** @type {any} */ points) => ({ points })));
          await page.selectOption("#model", model);
          await repainted(page, async () => {
            await page.evaluate((link) => (location.hash = link), hash);
            for (const [id, value] of wished) await set(page, id, value);
          });
          await page.waitForFunction(() => document.getElementById("face")?.ariaBusy === "false");
          await shows(page, rgb);
        });
      }
      await all.test("only what a model is told can be chosen", async () => {
        for (const id of ["#level", "#hair"]) assert.ok(await page.locator(id).isVisible(), id);
        await page.click("#palette-none");
        assert.equal(await page.inputValue("#hair"), "#5a3c28");
        await repainted(page, () => page.selectOption("#model", "deaf"));
        for (const id of ["#level", "#hair", "#refine", "#place"]) {
          assert.ok(!(await page.locator(id).isVisible()), id);
        }
        assert.equal(await page.locator("#attention").isVisible(), WAY === "server");
        await page.selectOption("#model", "painter");
        for (const id of ["#level", "#refine", "#place", "#attention"]) {
          assert.ok(!(await page.locator(id).isVisible()), id);
        }
      });
      if (WAY === "server") return;
      await all.test("a stroke changes the face, without any request", async () => {
        /** @type {string[]} */
        const asked = [];
        page.on("request", (request) => asked.push(request.url()));
        const stroke = [150, 360].map((x) => [x, 350]);
        await repainted(page, () => draw(page, stroke));
        assert.deepEqual(asked, []);
      });
      await all.test("what takes a server is said", async () => {
        await page.click("#help");
        assert.ok(await page.locator("#alone").isVisible());
        await page.keyboard.press("Escape");
        const photo = { name: "me.jpg", mimeType: "image/jpeg", buffer: Buffer.from("a photo") };
        await page.setInputFiles("#file", photo);
        await page.waitForFunction(() =>
          /no server to read pictures/.test(document.getElementById("said")?.textContent ?? ""),
        );
      });
      await all.test("threads share the work where the page is isolated", async () => {
        const isolated = WAY === "isolated";
        assert.equal(await page.evaluate(() => crossOriginIsolated), isolated);
        const workers = page.workers().length;
        assert.ok(isolated ? workers > 1 : workers === 1, `${workers} workers`);
      });
    },
    { patience: 60_000 },
  ));
