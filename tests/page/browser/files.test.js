import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { EXAMPLES } from "../../../src/facepencil/serving/page/parts.js";
import { arc, cleanSheet, draw, face, onPage, painted, strokes, URL_OF_PAGE } from "./session.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("../../../src/facepencil/serving/page/stroke.js").Stroke} Stroke */

/**
 * @param {Page} page
 * @param {string} name
 */
async function saved(page, name) {
  await page.click("#save");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.click(`[data-save="${name}"]`),
  ]);
  assert.equal(download.suggestedFilename(), name);
  return readFile(await download.path());
}

/**
 * @param {Page} page
 * @param {string} name
 * @param {string} mimeType
 * @param {Buffer} buffer
 */
async function open(page, name, mimeType, buffer) {
  await page.locator("#file").setInputFiles({ name, mimeType, buffer });
}

/**
 * @param {readonly Stroke[]} one
 * @param {readonly Stroke[]} other
 */
function farthest(one, other) {
  const [a, b] = [one, other].map((all) => all.flatMap((stroke) => stroke.points).flat());
  assert.equal(a.length, b.length);
  return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}

test("the page begins with a drawing and its face, and each example gives another face", () =>
  onPage(async (page) => {
    const faces = new Set([await face(page)]);
    for (const { name, strokes: wanted } of EXAMPLES.slice(1)) {
      await page.click(`#examples [aria-label="${name}"]`);
      faces.add(await face(page));
      assert.deepEqual(await strokes(page), JSON.parse(JSON.stringify(wanted)));
    }
    assert.equal(faces.size, EXAMPLES.length);
  }));

test("a saved SVG opens as the same drawing, to 0.1 px, and says which model painted", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    await draw(page, arc(200, 200, 90));
    await draw(page, [[10, 10]]);
    await painted(page);
    const before = await strokes(page);
    const file = await saved(page, "drawing.svg");
    assert.match(
      String(file),
      /<metadata>Software: FacePencil\nModel: .+\nModel sha256: [0-9a-f]{64}</,
    );
    await page.click("#new");
    await open(page, "drawing.svg", "image/svg+xml", file);
    await page.waitForFunction(() => localStorage.getItem("facepencil.drawing") !== "[]");
    assert.ok(farthest(before, await strokes(page)) <= 0.1);
  }));

test("an SVG of another program is read by the server", () =>
  onPage(async (page) => {
    const text =
      '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><circle cx="50" cy="50" r="25" stroke="red" fill="none"/></svg>';
    await open(page, "other.svg", "image/svg+xml", Buffer.from(text));
    await page.waitForFunction(() =>
      /opened/.test(document.getElementById("said")?.textContent ?? ""),
    );
    const points = (await strokes(page)).flatMap((stroke) => stroke.points);
    assert.ok(points.every(([x, y]) => Math.abs(Math.hypot(x - 256, y - 256) - 135) < 30));
  }));

test("pictures are saved with the model's name and sha256, and open as drawings", () =>
  onPage(async (page) => {
    for (const name of ["face.png", "both.png", "drawing.png"]) {
      const file = await saved(page, name);
      assert.equal(file.toString("latin1", 1, 4), "PNG");
      assert.match(file.toString("latin1"), /tEXtModel\0.+tEXtModel sha256\0[0-9a-f]{64}/s);
      if (name !== "drawing.png") continue;
      await open(page, name, "image/png", file);
      await page.click('#open-kind [value="drawing"]');
      await page.waitForFunction(() =>
        /opened/.test(document.getElementById("said")?.textContent ?? ""),
      );
      assert.ok((await strokes(page)).length > 5);
    }
  }));

test("what is no picture is refused with a reason, and the drawing stays", () =>
  onPage(
    async (page) => {
      const before = await page.textContent("#said");
      await open(page, "notes.png", "image/png", Buffer.from("no picture"));
      await page.click('#open-kind [value="drawing"]');
      await page.waitForFunction(
        (old) =>
          ![old, "Reading notes.png …"].includes(
            document.getElementById("said")?.textContent ?? "",
          ),
        before,
      );
      assert.equal(await strokes(page), null);
    },
    { failures: true },
  ));

test("the drawing survives a reload", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    await draw(page, arc(200, 200, 90));
    const before = await strokes(page);
    const painting = await face(page);
    await page.reload();
    assert.equal(await face(page), painting);
    assert.deepEqual(await strokes(page), before);
  }));

test("a link holds the drawing, which is edited and kept like any other", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    await draw(page, arc(200, 200, 90));
    const before = await strokes(page);
    await page.click("#link");
    await page.waitForSelector("#link-text"); // The dialog opens once the link is written.
    const link = await page.inputValue("#link-text");
    assert.ok(link.startsWith(URL_OF_PAGE));
    await page.click('#link-box button[value=""]');
    await cleanSheet(page);
    await draw(page, [[300, 300]]);
    await page.goto("about:blank");
    await page.goto(link);
    await page.waitForFunction(() =>
      /link/.test(document.getElementById("said")?.textContent ?? ""),
    );
    assert.ok(farthest(before, await strokes(page)) <= 0.1);
    await draw(page, [[500, 500]]);
    await page.reload();
    await painted(page);
    assert.equal((await strokes(page)).length, 2);
    await page.goto("about:blank");
    await page.goto(link);
    await page.waitForFunction(() =>
      /link/.test(document.getElementById("said")?.textContent ?? ""),
    );
    await page.keyboard.press("Control+z");
    assert.equal((await strokes(page)).length, 2);
  }));

test("drawing and face go to the clipboard as pictures", () =>
  onPage(
    async (page) => {
      for (const what of ["drawing", "face"]) {
        await page.click("#save");
        await page.click(`[data-copy="${what}"]`);
        await page.waitForFunction(
          (name) =>
            document.getElementById("said")?.textContent === `The ${name} is in the clipboard.`,
          what,
        );
        const width = await page.evaluate(async () => {
          const [item] = await navigator.clipboard.read();
          return (await createImageBitmap(await item.getType("image/png"))).width;
        });
        assert.equal(width, what === "face" ? 128 : 1024);
      }
    },
    { permissions: ["clipboard-read", "clipboard-write"] },
  ));
