import assert from "node:assert/strict";
import { test } from "node:test";

import { begun } from "../../../src/facepencil/serving/page/history.js";
import { placeName } from "../../../src/facepencil/serving/page/keyboard.js";
import { Latest } from "../../../src/facepencil/serving/page/latest.js";
import { EXAMPLES, PARTS } from "../../../src/facepencil/serving/page/parts.js";
import { Sheet } from "../../../src/facepencil/serving/page/sheet.js";
import { bounds } from "../../../src/facepencil/serving/page/stroke.js";
import { mirrored, onBothSides } from "../../../src/facepencil/serving/page/symmetry.js";
import { onCanvas, panned, WHOLE, zoomed } from "../../../src/facepencil/serving/page/view.js";

/** @typedef {import("../../../src/facepencil/serving/page/stroke.js").Point} Point */

/** @param {...Point} points */
const stroke = (...points) => ({ points });

test("undo and redo bring back each state itself, clear among them", () => {
  const states = [[], [stroke([1, 1])], [stroke([1, 1]), stroke([2, 2])], []];
  const sheet = new Sheet(begun(states[0]));
  states.slice(1).forEach((state) => sheet.commit(state, ""));
  for (const state of states.slice(0, -1).reverse()) {
    sheet.undo();
    assert.equal(sheet.strokes, state);
  }
  assert.ok(!sheet.canUndo);
  for (const state of states.slice(1)) {
    sheet.redo();
    assert.equal(sheet.strokes, state);
  }
  assert.ok(!sheet.canRedo);
});

test("what is done after undo replaces what was undone", () => {
  const sheet = new Sheet(begun(/** @type {any[]} */ ([])));
  sheet.commit([stroke([1, 1])], "");
  sheet.undo();
  sheet.commit([stroke([2, 2])], "");
  sheet.redo();
  assert.deepEqual(sheet.strokes, [stroke([2, 2])]);
});

test("a draft is shown, and leaves nothing behind when it is discarded", () => {
  const sheet = new Sheet(begun(/** @type {any[]} */ ([])));
  sheet.sketch(() => [stroke([1, 1])]);
  assert.deepEqual([sheet.shown.length, sheet.strokes.length], [1, 0]);
  sheet.discard();
  assert.deepEqual([sheet.shown.length, sheet.canUndo], [0, false]);
});

test("a mirror image of a mirror image is the stroke", () => {
  const one = stroke([10, 20], [30, 40], [50, 60], [70, 80]);
  assert.deepEqual(mirrored(mirrored(one, 256), 256), one);
  assert.deepEqual(mirrored(one, 256).points[0], [502, 20]);
});

test("what lies along the axis is drawn once", () => {
  assert.equal(onBothSides([stroke([256, 1], [256, 2], [256, 3], [256, 4])], 256).length, 1);
  assert.equal(onBothSides([stroke([20, 1])], 256).length, 2);
  assert.equal(onBothSides([stroke([20, 1])], null).length, 1);
});

test("zooming keeps what is under the pointer there, and never leaves the canvas", () => {
  const view = zoomed(zoomed(WHOLE, 2, [0.3, 0.6]), 1.5, [0.5, 0.5]);
  assert.deepEqual(
    onCanvas(zoomed(view, 1.2, [0.25, 0.75]), [0.25, 0.75]).map(Math.round),
    onCanvas(view, [0.25, 0.75]).map(Math.round),
  );
  assert.deepEqual(panned(view, [9, 9]), { ...view, x: 0, y: 0 });
  assert.deepEqual(zoomed(view, 0.01, [0.9, 0.9]), WHOLE);
});

test("one request is in flight, and of those that wait only the latest is sent", async () => {
  /** @type {((answer: string) => void)[]} */
  const open = [];
  /** @type {string[]} */
  const sent = [];
  /** @type {string[]} */
  const answers = [];
  const latest = new Latest(
    (/** @type {string} */ wish) => {
      sent.push(wish);
      return new Promise((answer) => open.push(answer));
    },
    { answered: (answer) => answers.push(answer), failed: assert.fail },
  );
  for (const wish of ["a", "b", "c"]) latest.want(wish);
  assert.deepEqual(sent, ["a"]);
  open[0]("A");
  await new Promise(setImmediate);
  assert.deepEqual([sent, answers], [["a", "c"], ["A"]]);
  open[1]("C");
  await new Promise(setImmediate);
  assert.deepEqual(answers, ["A", "C"]);
});

test("after a failure the next wish is sent", async () => {
  /** @type {string[]} */
  const told = [];
  const latest = new Latest(
    async (/** @type {string} */ wish) => {
      if (wish === "bad") throw new Error(wish);
      return wish;
    },
    { answered: (answer) => told.push(answer), failed: (error) => told.push(String(error)) },
  );
  latest.want("bad");
  latest.want("good");
  await new Promise(setImmediate);
  assert.deepEqual(told, ["Error: bad", "good"]);
});

test("examples and parts are chains of cubics on the canvas", () => {
  for (const { strokes } of [...EXAMPLES, ...PARTS]) {
    assert.ok(strokes.length);
    for (const { points } of strokes) assert.equal(points.length % 3, 1);
    const [left, top, right, bottom] = bounds(strokes);
    assert.ok(left >= 0 && top >= 0 && right <= 512 && bottom <= 512);
  }
  assert.ok(EXAMPLES.every((example) => example.strokes.length > 10));
});

test("places are named as they lie in the picture", () => {
  assert.equal(placeName([197, 244]), "left eye");
  assert.equal(placeName([256, 385]), "mouth");
  assert.equal(placeName([10, 10]), "");
});
