import assert from "node:assert/strict";
import { test } from "node:test";

import { erased, touches } from "../../../src/facepencil/serving/page/eraser.js";
import { distanceToLine, strokeOf } from "../../../src/facepencil/serving/page/fit.js";
import { sampled } from "../../../src/facepencil/serving/page/stroke.js";
import { farthestFrom, scribble } from "./measures.js";

/** @typedef {import("../../../src/facepencil/serving/page/stroke.js").Point} Point */

const STRAIGHT = {
  points: /** @type {Point[]} */ ([
    [0, 0],
    [10, 0],
    [20, 0],
    [30, 0],
  ]),
};

test("a stroke is cut in two where the eraser crosses it", () => {
  const [left, right, ...none] = erased([STRAIGHT], [15, -20], [15, 20], 5);
  assert.equal(none.length, 0);
  assert.ok(Math.abs(left.points[3][0] - 10) < 1e-3);
  assert.ok(Math.abs(right.points[0][0] - 20) < 1e-3);
  assert.deepEqual(
    [left.points[0], right.points[3]],
    [
      [0, 0],
      [30, 0],
    ],
  );
});

test("what is left lies on the stroke and outside the eraser; nothing else is lost", () => {
  for (let seed = 0; seed < 40; seed++) {
    const stroke = strokeOf(scribble(seed), { tolerance: 0.8, smooth: true, pressure: true });
    const [a, b] = /** @type {Point[]} */ ([
      [200, 200],
      [300, 260],
    ]);
    const left = erased([stroke], a, b, 20);
    const before = sampled(stroke, 0.5);
    const after = left.flatMap((one) => sampled(one, 0.5));
    if (after.length) assert.ok(farthestFrom(after, before) < 0.1, `seed ${seed}`);
    for (const [x, y] of after) assert.ok(distanceToLine([x, y], a, b) > 19.9, `seed ${seed}`);
    const kept = before.filter(([x, y]) => distanceToLine([x, y], a, b) > 22);
    if (kept.length) {
      const near = kept.map((point) =>
        Math.min(...after.map(([x, y]) => Math.hypot(x - point[0], y - point[1]))),
      );
      assert.ok(Math.max(...near) < 1, `seed ${seed}`);
    }
    for (const { points, pressures } of left) {
      assert.equal(pressures?.length, (points.length - 1) / 3 + 1);
    }
  }
});

test("what the eraser does not touch stays the same object", () => {
  assert.equal(erased([STRAIGHT], [0, 50], [30, 50], 5)[0], STRAIGHT);
});

test("dots go whole, and groups stay groups", () => {
  const dot = { points: /** @type {Point[]} */ ([[5, 5]]) };
  assert.deepEqual(erased([dot], [5, 6], [5, 6], 2), []);
  assert.deepEqual(erased([dot], [5, 9], [5, 9], 2), [dot]);
  const cut = erased([{ ...STRAIGHT, group: 3 }], [15, 0], [15, 0], 2);
  assert.deepEqual(
    cut.map((one) => one.group),
    [3, 3],
  );
});

test("a place touches a stroke that is near it", () => {
  assert.ok(touches(STRAIGHT, [15, 3], 4));
  assert.ok(!touches(STRAIGHT, [15, 5], 4));
});
