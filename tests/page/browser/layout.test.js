import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";

import { face, onPage, painted } from "./session.js";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = [
  [375, 667],
  [667, 375],
  [768, 1024],
  [1280, 800],
  [1440, 900],
  [2560, 1440],
];

for (const [width, height] of SIZES) {
  test(`drawing and face are on one screen of ${width} x ${height} px`, () =>
    onPage(
      async (page) => {
        const boxes = [];
        for (const id of ["#paper", "#face", "#pen", "#symmetric", "#save", "#model"]) {
          const box = await page.locator(id).boundingBox();
          assert.ok(box && box.x >= 0 && box.y >= 0, id);
          assert.ok(box.x + box.width <= width && box.y + box.height <= height, id);
          boxes.push(box);
        }
        const [paper, pane] = boxes;
        assert.ok(
          Math.abs(paper.width - paper.height) < 1 && Math.abs(pane.width - pane.height) < 1,
        );
        assert.ok(paper.width >= Math.min(width, height) * 0.6 && pane.width >= 140);
        const apart = paper.x >= pane.x + pane.width || pane.x >= paper.x + paper.width;
        assert.ok(apart || paper.y >= pane.y + pane.height);
        const scrolls = await page.evaluate(() => [
          document.documentElement.scrollWidth,
          document.documentElement.scrollHeight,
        ]);
        assert.deepEqual(scrolls, [width, height]);
      },
      { viewport: { width, height } },
    ));
}

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const width of [375, 1280]) {
    test(`axe finds nothing in the ${colorScheme} page of ${width} px, nor in what it opens`, () =>
      onPage(
        async (page) => {
          await audit(page, "the page");
          for (const id of ["lines", "save", "help", "link", "parts", "options"]) {
            if (!(await page.locator(`#${id}`).isVisible())) continue;
            await page.click(`#${id}`);
            await audit(page, id);
            await page.keyboard.press("Escape");
          }
        },
        { colorScheme, viewport: { width, height: 800 }, bypassCSP: true },
      ));
  }
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} what
 */
async function audit(page, what) {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    // @ts-expect-error: axe is what the line above defined
    const found = await axe.run();
    return found.violations.map((/** @type {any} */ one) => [one.id, one.nodes[0].html]);
  });
  assert.deepEqual(violations, [], what);
}

test("those who asked for less motion get none", () =>
  onPage(
    async (page) => {
      await face(page);
      const moving = await page.evaluate(() => document.getAnimations().length);
      assert.equal(moving, 0);
    },
    { reducedMotion: "reduce" },
  ));

test("the ink takes the colour of the page when it turns dark", () =>
  onPage(async (page) => {
    const shade = () =>
      page.locator("#paper .ink").evaluate((layer) => {
        const copy = new OffscreenCanvas(64, 64).getContext("2d");
        copy?.drawImage(/** @type {HTMLCanvasElement} */ (layer), 0, 0, 64, 64);
        const data = copy?.getImageData(0, 0, 64, 64).data ?? new Uint8ClampedArray(4);
        const opaque = data.findIndex((value, i) => i % 4 === 3 && value > 250);
        return data[opaque - 3];
      });
    assert.ok((await shade()) < 100);
    await page.emulateMedia({ colorScheme: "dark" });
    await painted(page);
    assert.ok((await shade()) > 150);
  }));
