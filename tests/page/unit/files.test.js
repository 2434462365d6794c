import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";

import { strokeOf } from "../../../src/facepencil/serving/page/fit.js";
import { fromLink, toLink } from "../../../src/facepencil/serving/page/link.js";
import { EXAMPLES } from "../../../src/facepencil/serving/page/parts.js";
import { withTexts } from "../../../src/facepencil/serving/page/png.js";
import { fromPlainSvg, toSvg } from "../../../src/facepencil/serving/page/svg.js";
import { scribble } from "./measures.js";

/** @typedef {import("../../../src/facepencil/serving/page/stroke.js").Stroke} Stroke */

const OPTIONS = { tolerance: 0.8, smooth: true, pressure: false };
const SCRIBBLES = Array.from({ length: 30 }, (_, seed) => strokeOf(scribble(seed), OPTIONS));
const DRAWING = [
  ...EXAMPLES[0].strokes,
  ...SCRIBBLES,
  { points: /** @type {const} */ ([[-3.25, 600]]) },
];

/**
 * The farthest that any point moved.
 * @param {readonly Stroke[] | null} before
 * @param {readonly Stroke[] | null} after
 */
function farthest(before, after) {
  assert.deepEqual(
    after?.map((one) => one.points.length),
    before?.map((one) => one.points.length),
  );
  const [a, b] = [before, after].map((all) => (all ?? []).flatMap((one) => one.points).flat());
  return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}

test("a drawing comes back from SVG, and the second document equals the first", () => {
  const text = toSvg(DRAWING);
  const back = fromPlainSvg(text);
  assert.ok(farthest(DRAWING, back) <= 0.1);
  assert.equal(toSvg(back ?? []), text);
});

test("metadata are in the document and stay out of the drawing", () => {
  const text = toSvg(DRAWING, { about: { Model: "a<b&c", "Model sha256": "0f" } });
  assert.match(text, /<metadata>Model: a&lt;b&amp;c\nModel sha256: 0f<\/metadata>/);
  assert.equal(fromPlainSvg(text)?.length, DRAWING.length);
});

test("the documents of the pipeline are read here, all others by the server", () => {
  const head = '<svg viewBox="0 0 512 512">';
  assert.deepEqual(fromPlainSvg(`${head}<path d="M1.00 2.00C3 4 5 6 7 8"/></svg>`), [
    {
      points: [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ],
    },
  ]);
  assert.equal(fromPlainSvg(`${head}<path d="M1 2q3 4 5 6"/></svg>`), null);
  assert.equal(fromPlainSvg(`${head}<circle r="3"/></svg>`), null);
  assert.equal(fromPlainSvg(`${head}<g transform="scale(2)"><path d="M1 2L3 4"/></g></svg>`), null);
  assert.equal(fromPlainSvg('<svg viewBox="0 0 9 9"><path d="M1 2L3 4"/></svg>'), null);
  const [paper, line] = ['<rect width="100%" height="100%" fill="white"/>', '<path d="M1 2L3 4"/>'];
  assert.equal(fromPlainSvg(`${head}${paper}${line}</svg>`)?.length, 1);
  for (const other of ['<rect width="512" height="512"/>', paper, `<!-- ${line} -->`, "<defs/>"]) {
    assert.equal(fromPlainSvg(`${head}${paper}${other}${line}</svg>`), null, other);
  }
});

test("path data that is damaged is left to the server", () => {
  const head = '<svg viewBox="0 0 512 512">';
  for (const data of [
    "L1 2",
    "1 2L3 4",
    "M",
    "ML1 2",
    "M1 2C3 4",
    "M1 2C3 4 5 6 7 8 9 9",
    "C",
    "M1",
  ]) {
    assert.equal(fromPlainSvg(`${head}<path d="${data}"/></svg>`), null, data);
  }
  assert.deepEqual(fromPlainSvg(`${head}<path d=""/></svg>`), []);
  assert.deepEqual(fromPlainSvg(`${head}<path d=" M1 2"/></svg>`), [{ points: [[1, 2]] }]);
});

test("a link holds the drawing to a tenth of a px", async () => {
  const link = await toLink(DRAWING);
  assert.match(link, /^d=[\w-]+$/);
  assert.ok(farthest(DRAWING, await fromLink(`#${link}`)) <= 0.05 + 1e-9);
  assert.ok((await toLink(EXAMPLES[0].strokes)).length < 1000);
});

test("a link that holds no drawing is none", async () => {
  const link = await toLink(DRAWING);
  for (const bad of ["", "#", "#d=", "#d=AAAA", "#top", link.slice(0, link.length / 2)]) {
    assert.equal(await fromLink(bad), null, bad);
  }
});

/** Of one black pixel, with the checksums that any encoder writes. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==",
  "base64",
);

test("texts come after the header of a PNG file, which stays as it is", () => {
  const file = Buffer.from(withTexts(PNG, { Model: "ours", Author: "é✓" }));
  assert.deepEqual(file.subarray(0, 33), PNG.subarray(0, 33));
  assert.deepEqual(file.subarray(-PNG.length + 33), PNG.subarray(33));
  assert.equal(file.readUInt32BE(33), "Model\0ours".length);
  assert.equal(file.toString("latin1", 37, 41 + 10), "tEXtModel\0ours");
  assert.ok(file.includes(Buffer.from("Author\0é?", "latin1")));
  assert.equal(file.readUInt32BE(51), crc32(file.subarray(37, 51)));
});
