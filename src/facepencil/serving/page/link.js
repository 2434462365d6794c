/**
 * A drawing within a link: tenths of a px as differences of variable length, deflated.
 * @module
 */

/** @typedef {import("./stroke.js").Point} Point */
/** @typedef {import("./stroke.js").Stroke} Stroke */

const STEPS = 10;
const MOST_BYTES = 4_000_000;

/**
 * Text for the part of a link after the #; pressures are left out.
 * @param {readonly Stroke[]} strokes
 */
export async function toLink(strokes) {
  const numbers = [strokes.length];
  let [lastX, lastY] = [0, 0];
  for (const { points } of strokes) {
    numbers.push(points.length);
    for (const [x, y] of points.map((point) => point.map((value) => Math.round(value * STEPS)))) {
      numbers.push(zigzag(x - lastX), zigzag(y - lastY));
      [lastX, lastY] = [x, y];
    }
  }
  const bytes = await through(Uint8Array.from(numbers.flatMap(varint)), "deflate");
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return `d=${text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")}`;
}

/**
 * Inverse of `toLink`, to a tenth of a px.
 * @param {string} hash With or without the #.
 * @returns {Promise<Stroke[] | null>} Null where the text holds no drawing.
 */
export async function fromLink(hash) {
  const text = /^#?d=([\w-]+)$/.exec(hash)?.[1];
  if (!text) return null;
  try {
    const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return read(
      await through(
        Uint8Array.from(binary, (one) => one.charCodeAt(0)),
        "inflate",
      ),
    );
  } catch {
    return null;
  }
}

/** @param {Uint8Array} bytes @returns {Stroke[] | null} */
function read(bytes) {
  const next = reader(bytes);
  const strokes = [];
  let [x, y] = [0, 0];
  for (let left = next(); left > 0; left--) {
    /** @type {Point[]} */
    const points = [];
    for (let count = next(); count > 0; count--) {
      x += unzigzag(next());
      y += unzigzag(next());
      points.push([x / STEPS, y / STEPS]);
    }
    if (points.length % 3 !== 1) return null;
    strokes.push({ points });
  }
  return strokes;
}

/**
 * Numbers of seven bits a byte, the lowest first.
 * @param {Uint8Array} bytes
 * @returns {() => number} Gives the next one; throws at the end.
 */
function reader(bytes) {
  let at = 0;
  return () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= bytes.length || shift > 28) throw new RangeError("cut short");
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
}

/** @param {number} value */
function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}

/** @param {number} value */
function zigzag(value) {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** @param {number} value */
function unzigzag(value) {
  return value % 2 ? -(value + 1) / 2 : value / 2;
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {"deflate" | "inflate"} way
 */
async function through(bytes, way) {
  const stream = way === "deflate" ? CompressionStream : DecompressionStream;
  const chunks = [];
  let size = 0;
  // A small link may inflate without end, so that what comes out is counted as it comes.
  for await (const chunk of readable(
    new Blob([bytes]).stream().pipeThrough(new stream("deflate-raw")),
  )) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new RangeError("too large");
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream */
async function* readable(stream) {
  const source = stream.getReader();
  for (let part = await source.read(); !part.done; part = await source.read()) yield part.value;
}
