import assert from "node:assert/strict";
import { test } from "node:test";

import { mirrored } from "../../../src/facepencil/serving/page/symmetry.js";
import { apartness } from "../unit/measures.js";
import {
  arc,
  cleanSheet,
  draw,
  face,
  inked,
  onPage,
  painted,
  screen,
  shows,
  strokes,
} from "./session.js";

const FACE = [
  arc(256, 300, 140, 0, 0.5),
  arc(197, 244, 20),
  arc(315, 244, 20),
  arc(256, 320, 30, 0, 0.5),
  arc(256, 370, 40, 0, 0.5),
  arc(256, 250, 160, 0.5, 1),
];

test("a face drawn stroke by stroke changes with each", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    const faces = new Set();
    for (const path of FACE) {
      await draw(page, path);
      faces.add(await face(page));
    }
    assert.equal(faces.size, FACE.length);
    const drawn = await strokes(page);
    assert.equal(drawn.length, FACE.length);
    drawn.forEach((stroke, i) => assert.ok(apartness(stroke, FACE[i]) <= 1, `stroke ${i}`));
  }));

test("the face changes while a stroke is being drawn", () =>
  onPage(async (page) => {
    const before = await face(page);
    const at = await screen(page);
    await page.mouse.move(...at(100, 100));
    await page.mouse.down();
    for (let x = 100; x < 400; x += 10) await page.mouse.move(...at(x, 300));
    await shows(page, "#face-first", (now) => now !== before);
    assert.ok((await inked(page, "wet")) > 100);
    await page.mouse.up();
  }));

test("undo and redo restore the drawing exactly, of strokes, erasing and clearing", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    const states = [await strokes(page)];
    for (const path of FACE.slice(0, 3)) {
      await draw(page, path);
      states.push(await strokes(page));
    }
    await page.click("#eraser");
    await draw(page, [
      [100, 244],
      [400, 244],
    ]);
    states.push(await strokes(page));
    await page.click("#new");
    states.push(await strokes(page));
    for (const state of states.slice(0, -1).reverse()) {
      await page.click("#undo");
      assert.deepEqual(await strokes(page), state);
    }
    for (const state of states.slice(1)) {
      await page.keyboard.press("Control+y");
      assert.deepEqual(await strokes(page), state);
    }
    assert.ok(await page.locator("#redo").isDisabled());
    await page.keyboard.press("Control+z");
    assert.deepEqual(await strokes(page), states[states.length - 2]);
  }));

test("the eraser cuts a stroke in two", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    await draw(page, [
      [100, 200],
      [250, 200],
      [400, 200],
    ]);
    await page.keyboard.press("e");
    await draw(page, [
      [250, 150],
      [250, 250],
    ]);
    const [left, right] = await strokes(page);
    assert.ok(Math.abs(left.points[left.points.length - 1][0] - 234) < 1);
    assert.ok(Math.abs(right.points[0][0] - 266) < 1);
  }));

test("symmetric drawing gives each stroke its mirror image, in one step", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    await page.keyboard.press("s");
    await draw(page, FACE[1]);
    const [one, other] = await strokes(page);
    assert.deepEqual(other, mirrored(one, 256));
    await page.keyboard.press("Control+z");
    assert.deepEqual(await strokes(page), []);
  }));

test("a pen of 240 events a second loses none, however slow the page is", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    await page.click("#lines");
    await page.click("#smooth");
    await page.keyboard.press("Escape");
    const path = arc(256, 256, 150, 0, 3).flatMap(([x, y], i, all) => {
      const next = all[i + 1] ?? [x, y];
      return Array.from({ length: 16 }, (_, k) => [
        x + ((next[0] - x) * k) / 16 + 6 * Math.sin(k),
        y + ((next[1] - y) * k) / 16 + 6 * Math.cos(k),
      ]);
    });
    await penAt240(page, path);
    const [stroke] = await strokes(page);
    assert.ok(apartness(stroke, path) <= 0.3);
  }));

/**
 * Sends pen events as Chromium does: what came within a frame of 16 ms is in one event.
 * @param {import("playwright-core").Page} page
 * @param {number[][]} path
 * @param {number} [button]
 */
async function penAt240(page, path, button = 0) {
  const at = await screen(page);
  await page.evaluate(
    async ({ points, button }) => {
      const surface = /** @type {HTMLElement} */ (document.getElementById("canvas"));
      surface.setPointerCapture = () => {}; // no such pointer for the browser
      const event = (/** @type {string} */ type, /** @type {number[]} */ [x, y], more = {}) =>
        new PointerEvent(type, {
          ...{ pointerId: 9, pointerType: "pen", bubbles: true, pressure: 0.4, button },
          ...{ clientX: x, clientY: y, ...more },
        });
      surface.dispatchEvent(event("pointerdown", points[0]));
      for (let i = 1; i < points.length; i += 4) {
        const four = points.slice(i, i + 4).map((point) => event("pointermove", point));
        const last = points[Math.min(i + 3, points.length - 1)];
        surface.dispatchEvent(event("pointermove", last, { coalescedEvents: four }));
        await new Promise((done) => setTimeout(done, 1000 / 60));
      }
      surface.dispatchEvent(event("pointerup", points[points.length - 1]));
    },
    { points: path.map(([x, y]) => at(x, y)), button },
  );
}

test("the other end of a pen erases", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    await draw(page, [
      [100, 200],
      [400, 200],
    ]);
    await penAt240(
      page,
      [
        [250, 150],
        [250, 250],
      ],
      5,
    );
    assert.equal((await strokes(page)).length, 2);
  }));

test("once a pen was seen, fingers draw no more; before that they do", () =>
  onPage(
    async (page) => {
      await cleanSheet(page);
      await touch(page, [
        [100, 100],
        [200, 100],
      ]);
      assert.equal((await strokes(page)).length, 1);
      await penAt240(page, [
        [100, 200],
        [150, 200],
        [200, 200],
      ]);
      assert.equal((await strokes(page)).length, 2);
      await touch(page, [
        [100, 300],
        [200, 300],
      ]);
      assert.equal((await strokes(page)).length, 2);
    },
    { hasTouch: true },
  ));

test("two fingers zoom and draw nothing; what is drawn then lies under the pointer", () =>
  onPage(
    async (page) => {
      await cleanSheet(page);
      await pinch(page);
      assert.deepEqual(await strokes(page), []);
      assert.notEqual(await page.textContent("#zoom-whole"), "100 %");
      await draw(page, [
        [100, 100],
        [300, 300],
      ]);
      const before = await inked(page, "ink");
      await page.keyboard.press("0");
      const [{ points }] = await strokes(page);
      assert.ok(points[3][0] - points[0][0] < 190);
      assert.ok((await inked(page, "ink")) < before);
    },
    { hasTouch: true },
  ));

/**
 * @param {import("playwright-core").Page} page
 * @param {number[][]} path
 */
async function touch(page, path) {
  const session = await page.context().newCDPSession(page);
  const at = await screen(page);
  const points = path.map(([x, y]) => at(x, y)).map(([x, y]) => [{ x, y, id: 1 }]);
  await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: points[0] });
  for (const touchPoints of points.slice(1)) {
    await session.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints });
  }
  await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}

/** @param {import("playwright-core").Page} page */
async function pinch(page) {
  const session = await page.context().newCDPSession(page);
  const at = await screen(page);
  const fingers = (/** @type {number} */ apart) =>
    [-1, 1].map((side, id) => {
      const [x, y] = at(256 + side * apart, 256);
      return { x, y, id };
    });
  const send = (/** @type {any} */ event) => session.send("Input.dispatchTouchEvent", event);
  await send({ type: "touchStart", touchPoints: fingers(40).slice(0, 1) });
  await send({ type: "touchStart", touchPoints: fingers(40) });
  for (const apart of [60, 80]) await send({ type: "touchMove", touchPoints: fingers(apart) });
  await send({ type: "touchEnd", touchPoints: [] });
}

test("neither another window nor another tool moves or loses a stroke, even one being drawn", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    const at = await screen(page);
    await page.mouse.move(...at(100, 256));
    await page.mouse.down();
    await page.mouse.move(...at(200, 256), { steps: 5 });
    await page.keyboard.press("e");
    await page.setViewportSize({ width: 900, height: 640 });
    await page.waitForFunction(() => localStorage.getItem("facepencil.drawing") !== "[]");
    await page.mouse.move(...at(400, 400), { steps: 5 });
    await page.mouse.up();
    const drawn = await strokes(page);
    assert.equal(drawn.length, 1);
    const path = [
      [100, 256],
      [200, 256],
    ];
    assert.ok(apartness(drawn[0], path) <= 1);
    await page.setViewportSize({ width: 375, height: 667 });
    assert.deepEqual(await strokes(page), drawn);
    await page.reload();
    await painted(page);
    assert.deepEqual(await strokes(page), drawn);
  }));

test("undo and redo outlive a reload", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    for (const y of [100, 200, 300]) {
      await draw(page, [
        [100, y],
        [400, y],
      ]);
    }
    const drawn = await strokes(page);
    await page.keyboard.press("Control+z");
    await page.reload();
    await painted(page);
    assert.deepEqual(await strokes(page), drawn.slice(0, 2));
    await page.click("#redo");
    assert.deepEqual(await strokes(page), drawn);
    for (let step = 0; step < 3; step++) await page.click("#undo");
    assert.deepEqual(await strokes(page), []);
  }));

test("a part is added by a click, dropped where it is dragged to, and moves as one", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    await page.click('[aria-label="Nose, soft"]');
    const [nose] = await strokes(page);
    const at = await screen(page);
    await page.hover('[aria-label="Eyes, open"]');
    await page.mouse.down();
    await page.mouse.move(...at(256, 100), { steps: 5 });
    await page.mouse.up();
    const dropped = (await strokes(page)).slice(1);
    assert.equal(dropped.length, 4);
    await page.keyboard.press("h");
    await draw(page, [
      dropped[0].points[0],
      [dropped[0].points[0][0] + 10, dropped[0].points[0][1] + 20],
    ]);
    const moved = await strokes(page);
    assert.deepEqual(moved[0], nose);
    moved.slice(1).forEach((stroke, i) => {
      assert.ok(Math.abs(stroke.points[0][0] - dropped[i].points[0][0] - 10) < 0.5);
      assert.ok(Math.abs(stroke.points[0][1] - dropped[i].points[0][1] - 20) < 0.5);
    });
  }));

test("pressure is kept only where it was asked for, and changes the look alone", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    await penAt240(page, arc(256, 256, 100));
    await page.click("#lines");
    await page.click("#pressure");
    await page.keyboard.press("Escape");
    await penAt240(page, arc(256, 256, 150));
    const [plain, pressed] = await strokes(page);
    assert.equal(plain.pressures, undefined);
    assert.equal(pressed.pressures?.length, (pressed.points.length - 1) / 3 + 1);
  }));

test("a touch that closes a menu draws nothing", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    await page.click("#lines");
    await draw(page, [[256, 400]]);
    assert.ok(!(await page.locator("#lines-menu").isVisible()));
    assert.deepEqual(await strokes(page), []);
    await draw(page, [[256, 400]]);
    assert.equal((await strokes(page)).length, 1);
  }));

test("with a thousand strokes, another is drawn without drawing those again", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    const many = Array.from({ length: 1000 }, (_, i) => ({
      points: [0, 1, 2, 3].map((k) => [(i % 32) * 16 + 4 * k, Math.floor(i / 32) * 16 + 8]),
    }));
    await page.evaluate((all) => {
      localStorage.setItem("facepencil.drawing", JSON.stringify(all));
    }, many);
    await page.reload();
    await painted(page);
    await page.evaluate(() => {
      const { stroke } = CanvasRenderingContext2D.prototype;
      const counts = { ink: 0, wet: 0, under: 0 };
      Object.assign(window, { counts });
      CanvasRenderingContext2D.prototype.stroke = function (/** @type {any[]} */ ...args) {
        counts[/** @type {keyof typeof counts} */ (this.canvas.classList[0])]++;
        return stroke.apply(this, /** @type {any} */ (args));
      };
    });
    await draw(page, arc(256, 256, 100));
    assert.equal((await strokes(page)).length, 1001);
    const counts = await page.evaluate(() => /** @type {any} */ (window).counts);
    assert.equal(counts.ink, 1);
    assert.equal(counts.under, 0);
  }));
