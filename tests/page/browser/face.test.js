import assert from "node:assert/strict";
import { test } from "node:test";

import {
  cleanSheet,
  digest,
  draw,
  face,
  inked,
  onPage,
  painted,
  shows,
  strokes,
} from "./session.js";

/** @typedef {import("playwright-core").Page} Page */

const MODELS = [
  {
    ...{ name: "able", sha256: "a".repeat(64), size_px: 64, source: "trained" },
    options: { refine: true, level: true, palette: true, attention: true },
  },
  {
    ...{ name: "plain", sha256: "b".repeat(64), size_px: 64, source: "trained" },
    options: { refine: false, level: false, palette: false, attention: false },
  },
];

/**
 * Answers for the server, with a grey face whose shade counts the requests. The page is loaded
 * anew, after what it had asked for is there.
 * @param {Page} page
 * @param {(body: any, count: number) => any} [more] Goes into the answer.
 */
async function answering(page, more = () => ({})) {
  /** @type {any[]} */
  const bodies = [];
  await painted(page);
  await page.route("**/api/models", (route) => route.fulfill({ json: MODELS }));
  await page.route("**/api/paint", async (route) => {
    const body = route.request().postDataJSON();
    bodies.push(body);
    const url = grey((20 * bodies.length) % 256);
    const model = MODELS.find((one) => one.name === body.model) ?? MODELS[0];
    const json = {
      model: model.name,
      sha256: model.sha256,
      size_px: 64,
      face: url,
      advice: "",
      certain: null,
    };
    await route.fulfill({ json: { ...json, ...(await more(body, bodies.length)) } });
  });
  await page.reload();
  await painted(page);
  return bodies;
}

/** A picture of one grey, 64 x 64 px. @param {number} shade 0 to 255. */
function grey(shade) {
  const fill = `rgb(${shade} ${shade} ${shade})`;
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64"
    height="64" fill="${fill}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(picture)}`;
}

/** Sets a slider as a hand does. @param {Page} page @param {string} id @param {number} value */
async function slide(page, id, value) {
  await page.locator(id).evaluate((slider, number) => {
    /** @type {HTMLInputElement} */ (slider).value = String(number);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }, value);
}

test("controls are there where the model has the option, and are sent", () =>
  onPage(async (page) => {
    const bodies = await answering(page);
    await slide(page, "#refine", 0.5);
    await slide(page, "#level", 0.25);
    await slide(page, "#hair", /** @type {any} */ ("#aa5500"));
    await page.click("#attention");
    await painted(page);
    await page.waitForFunction(() => document.getElementById("face")?.ariaBusy === "false");
    const last = bodies[bodies.length - 1];
    assert.deepEqual(
      [last.model, last.refine, last.level, last.palette, last.attention],
      ["able", 0.5, 0.25, { hair: "#aa5500" }, true],
    );
    await page.selectOption("#model", "plain");
    for (const id of ["#refine", "#level", "#hair", "#attention", "#place"]) {
      assert.ok(!(await page.locator(id).isVisible()), id);
    }
    await page.waitForFunction(() =>
      /^plain/.test(document.getElementById("which-first")?.textContent ?? ""),
    );
    assert.deepEqual(Object.keys(bodies[bodies.length - 1]).sort(), ["model", "strokes"]);
  }));

test("refined strokes are seen beneath the drawing, unless they are the same", () =>
  onPage(async (page) => {
    /** @type {any[]} */
    let moved = [];
    await answering(page, (body) => (body.refine ? { strokes: [...body.strokes, ...moved] } : {}));
    const before = await inked(page, "under");
    await slide(page, "#refine", 0.5);
    await painted(page);
    assert.equal(await inked(page, "under"), before);
    moved = [
      [
        [10, 10],
        [200, 10],
        [400, 10],
        [500, 10],
      ],
    ];
    await slide(page, "#refine", 1);
    await painted(page);
    assert.ok((await inked(page, "under")) > before);
    await cleanSheet(page);
    assert.equal(await inked(page, "under"), before);
  }));

test("two models stand side by side, divided by a wipe", () =>
  onPage(async (page) => {
    await answering(page);
    await page.selectOption("#against", "plain");
    await page.waitForSelector("#wipe:not([hidden])");
    assert.equal(await page.textContent("#which-second"), "plain, 64 px");
    await slide(page, "#wipe", 20);
    const clip = await page
      .locator("#face-second")
      .evaluate((one) => getComputedStyle(one).clipPath);
    assert.match(clip, /20%/);
    await page.selectOption("#against", "");
    await page.waitForSelector("#wipe", { state: "hidden" });
  }));

for (const [width, height] of [
  [375, 667],
  [768, 1024],
  [1280, 800],
]) {
  test(`whatever is said of a face, the paper of ${width} px stays where it is`, () =>
    onPage(
      async (page) => {
        let advice = "";
        await answering(page, () => ({ advice, certain: 0.5 }));
        const before = await page.locator("#paper").boundingBox();
        advice = "the drawing is off-centre, and so much more is to be said of it that ".repeat(3);
        await page.click("#new");
        await draw(page, [[100, 100]]);
        await painted(page);
        assert.match((await page.textContent("#sure")) ?? "", /off-centre/);
        assert.deepEqual(await page.locator("#paper").boundingBox(), before);
      },
      { viewport: { width, height } },
    ));
}

test("what is uncertain is said", () =>
  onPage(async (page) => {
    await answering(page, () => ({ certain: 0.31, advice: "tiny: its lines extend over 9%" }));
    const said = await page.textContent("#sure");
    assert.equal(said, "Hardly a face (31 %). Tiny: its lines extend over 9%.");
  }));

test("while an answer is awaited the pane is busy, and only the latest drawing follows", () =>
  onPage(async (page) => {
    /** @type {(() => void)[]} */
    const held = [];
    let hold = false;
    const bodies = await answering(page, () =>
      hold ? new Promise((done) => held.push(() => done({}))) : {},
    );
    hold = true;
    const sent = bodies.length;
    for (const y of [100, 200, 300, 400])
      await draw(page, [
        [100, y],
        [400, y],
      ]);
    await page.waitForSelector('#face[aria-busy="true"]');
    assert.equal(bodies.length, sent + 1);
    hold = false;
    held.forEach((release) => release());
    await painted(page);
    await page.waitForFunction(() => document.getElementById("face")?.ariaBusy === "false");
    assert.equal(bodies.length, sent + 2);
    assert.equal(bodies[bodies.length - 1].strokes.length, (await strokes(page)).length);
  }));

test("a server that went away is said and asked again; drawing goes on", () =>
  onPage(
    async (page) => {
      await painted(page);
      await page.context().setOffline(true);
      await draw(page, [
        [100, 100],
        [400, 100],
      ]);
      await page.waitForSelector('#face[data-state="offline"]');
      assert.match((await page.textContent("#state")) ?? "", /trying again/);
      await draw(page, [
        [100, 200],
        [400, 200],
      ]);
      await page.context().setOffline(false);
      await page.waitForSelector('#face[data-state="idle"]');
      assert.equal(await page.textContent("#state"), "");
    },
    { failures: true },
  ));

test("a drawing whose request failed is not painted again after a later one", () =>
  onPage(
    async (page) => {
      await page.clock.install();
      const bodies = await answering(page);
      /** @type {(value?: unknown) => void} */
      let lose = () => {};
      const lost = new Promise((done) => (lose = done));
      await page.route(
        "**/api/paint",
        async (route) => {
          await lost;
          await route.abort();
        },
        { times: 1 },
      );
      const row = (/** @type {number} */ y) => [100, 400].map((x) => [x, y]);
      await draw(page, row(100));
      await draw(page, row(300));
      lose();
      await painted(page);
      const drawn = await strokes(page);
      assert.equal(bodies.at(-1).strokes.length, drawn.length);
      const count = bodies.length;
      await page.clock.fastForward(10_000);
      await painted(page);
      assert.equal(bodies.length, count);
    },
    { failures: true },
  ));

test("a refusal is shown in the server's words", () =>
  onPage(
    async (page) => {
      await painted(page);
      await page.route("**/api/paint", (route) =>
        route.fulfill({ status: 422, json: { detail: [{ msg: "too many strokes" }] } }),
      );
      await draw(page, [
        [100, 100],
        [400, 100],
      ]);
      await page.waitForSelector('#face[data-state="error"]');
      assert.equal(await page.textContent("#state"), "too many strokes");
    },
    { failures: true },
  ));

test("an earlier face brings its drawing back, and undo the later one", () =>
  onPage(async (page) => {
    await cleanSheet(page);
    await draw(page, [
      [100, 100],
      [400, 100],
    ]);
    const first = await strokes(page);
    const painting = await face(page);
    await draw(page, [
      [100, 200],
      [400, 200],
    ]);
    const second = await strokes(page);
    await page.waitForFunction(() => document.querySelectorAll("#earlier button").length === 3);
    await page.click("#earlier button:nth-child(2)");
    assert.deepEqual(await strokes(page), first);
    await shows(page, "#face-first", (now) => now === painting);
    await page.keyboard.press("Control+z");
    assert.deepEqual(await strokes(page), second);
  }));

test("the guide follows its slider, and a shadow of like faces its switch", () =>
  onPage(async (page) => {
    const under = () => digest(page, "#paper .under");
    const before = await under();
    await page.click("#lines");
    await slide(page, "#guide", 0);
    const blank = await under();
    assert.notEqual(blank, before);
    const answered = page.waitForResponse(/api.nearest/);
    await page.click("#shadow");
    await answered;
    await shows(page, "#paper .under", (now) => now !== blank);
  }));
