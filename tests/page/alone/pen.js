/**
 * Prints the rasters, the painter's inputs and the advice on drawings in a file; see test_alone.py.
 * @module
 */

import { readFileSync } from "node:fs";

import { adviceOn } from "../../../src/facepencil/serving/page/advice.js";
import { painterInput, rasterized } from "../../../src/facepencil/serving/page/raster.js";

const { drawings, rasterPx, size } = JSON.parse(
  readFileSync(process.env.FACEPENCIL_ASKED ?? "", "utf8"),
);
for (const chains of drawings) {
  const raster = Buffer.from(rasterized(chains, rasterPx)).toString("base64");
  const input = Buffer.from(painterInput(chains, rasterPx, size).buffer).toString("base64");
  console.log(JSON.stringify({ raster, input, advice: adviceOn(chains) }));
}
