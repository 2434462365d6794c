import assert from "node:assert/strict";
import { test } from "node:test";

import { strokeOf } from "../../../src/facepencil/serving/page/fit.js";
import { apartness, scribble } from "./measures.js";

const SMOOTH = { tolerance: 0.8, smooth: true, pressure: false };

/** @param {{x: number, y: number}} sample */
const place = ({ x, y }) => [x, y];

test("cubics keep within 1 px of the pointer's path", () => {
  for (let seed = 0; seed < 60; seed++) {
    const path = scribble(seed);
    const stroke = strokeOf(path, SMOOTH);
    assert.equal(stroke.points.length % 3, 1);
    assert.ok(apartness(stroke, path.map(place)) <= 1, `seed ${seed}`);
  }
});

test("a smooth path takes few cubics", () => {
  const circle = Array.from({ length: 241 }, (_, i) => ({
    x: 256 + 100 * Math.cos((i * Math.PI) / 120),
    y: 256 + 100 * Math.sin((i * Math.PI) / 120),
    pressure: 0.5,
  }));
  assert.ok(strokeOf(circle, SMOOTH).points.length <= 25);
});

test("without smoothing the path is kept to a quarter of the tolerance", () => {
  for (let seed = 0; seed < 20; seed++) {
    const path = scribble(seed);
    const stroke = strokeOf(path, { ...SMOOTH, smooth: false });
    assert.ok(apartness(stroke, path.map(place)) <= 0.2 + 1e-9, `seed ${seed}`);
  }
});

test("corners stay corners", () => {
  const path = [
    { x: 100, y: 100, pressure: 0.5 },
    { x: 200, y: 100, pressure: 0.5 },
    { x: 200, y: 200, pressure: 0.5 },
  ];
  assert.ok(apartness(strokeOf(path, SMOOTH), path.map(place)) <= 1);
});

test("a touch is a dot, however often it is told", () => {
  const touch = { x: 3, y: 4, pressure: 0.5 };
  assert.deepEqual(strokeOf([touch, touch, touch], SMOOTH), { points: [[3, 4]] });
});

test("pressure is kept at the ends of cubics, only where it is asked for", () => {
  const path = scribble(1).map((one, i, all) => ({ ...one, pressure: i / (all.length - 1) }));
  const { points, pressures = [] } = strokeOf(path, { ...SMOOTH, pressure: true });
  assert.equal(pressures.length, (points.length - 1) / 3 + 1);
  assert.equal(pressures[0], 0);
  assert.equal(pressures[pressures.length - 1], 1);
  assert.equal(strokeOf(path, SMOOTH).pressures, undefined);
});
