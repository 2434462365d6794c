import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { face, onPage, painted, strokes } from "./session.js";

test("by keyboard alone: a clean sheet, two strokes, undo, and save", () =>
  onPage(async (page) => {
    const { keyboard } = page;
    const old = await face(page);
    await keyboard.press("n");
    assert.deepEqual(await strokes(page), []);
    while (!(await page.evaluate(() => document.activeElement?.id === "canvas"))) {
      await keyboard.press("Tab");
    }
    for (const way of ["ArrowRight", "ArrowDown"]) {
      await keyboard.press(" ");
      for (let i = 0; i < 10; i++) await keyboard.press(`Shift+${way}`);
      await keyboard.press(" ");
    }
    const [across, down] = await strokes(page);
    assert.deepEqual(
      [across.points[0], across.points[across.points.length - 1]],
      [
        [256, 256],
        [416, 256],
      ],
    );
    assert.deepEqual(down.points[down.points.length - 1], [416, 416]);
    await painted(page);
    assert.notEqual(await face(page), old);
    await keyboard.press("Control+z");
    assert.equal((await strokes(page)).length, 1);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      keyboard.press("Control+s"),
    ]);
    assert.equal(String(await readFile(await download.path())).match(/<path/g)?.length, 1);
  }));

test("what happens is said, in words that tell where", () =>
  onPage(async (page) => {
    await page.focus("#canvas");
    await page.keyboard.press(" ");
    assert.equal(await page.textContent("#said"), "Down at 256, 256, nose.");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Escape");
    assert.equal(await page.textContent("#said"), "Taken back.");
    await page.keyboard.press("ArrowUp");
    await page.waitForFunction(
      () => document.getElementById("said")?.textContent === "Up at 252, 252, nose.",
    );
    assert.equal(await strokes(page), null);
  }));

test("arrows held together move the pen aslant, Alt by single pixels", () =>
  onPage(async (page) => {
    await page.focus("#canvas");
    await page.keyboard.down("ArrowRight");
    await page.keyboard.down("ArrowDown");
    await page.keyboard.up("ArrowRight");
    await page.keyboard.up("ArrowDown");
    await page.keyboard.press("Alt+ArrowUp");
    await page.keyboard.press(" ");
    await page.keyboard.press(" ");
    assert.deepEqual((await strokes(page)).at(-1)?.points, [[264, 259]]);
  }));

test("? lists the keys, and tools have keys", () =>
  onPage(async (page) => {
    await page.keyboard.press("?");
    assert.ok(await page.locator("#keys").isVisible());
    await page.keyboard.press("Escape");
    await page.keyboard.press("e");
    assert.equal(await page.getAttribute("#eraser", "aria-pressed"), "true");
    assert.equal(await page.getAttribute("#pen", "aria-pressed"), "false");
  }));
