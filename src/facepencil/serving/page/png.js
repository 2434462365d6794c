/**
 * Texts in PNG files.
 * @module
 */

const SIGNATURE_AND_HEADER = 8 + 25;

/**
 * A PNG file with `tEXt` chunks after its header.
 * @param {Uint8Array} png
 * @param {Record<string, string>} texts In Latin-1; other letters become question marks.
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function withTexts(png, texts) {
  const chunks = Object.entries(texts).map(([key, text]) => textChunk(`${key}\0${text}`));
  const parts = [
    png.subarray(0, SIGNATURE_AND_HEADER),
    ...chunks,
    png.subarray(SIGNATURE_AND_HEADER),
  ];
  const file = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

/** @param {string} text */
function textChunk(text) {
  const data = Array.from(`tEXt${text}`, (one) =>
    one.charCodeAt(0) < 256 ? one.charCodeAt(0) : 63,
  );
  const chunk = new Uint8Array(data.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length - 4);
  chunk.set(data, 4);
  view.setUint32(data.length + 4, checksum(data));
  return chunk;
}

/**
 * CRC-32 as in the PNG specification, annex D.
 * @param {readonly number[]} bytes
 */
function checksum(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
