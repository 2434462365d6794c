/**
 * Parts of a face to drop on the canvas, drawn where the faces of the training data have theirs.
 * @module
 */

import { fromPathData } from "./svg.js";
import { AXIS_PX, mirrored } from "./symmetry.js";

/** @typedef {import("./stroke.js").Stroke} Stroke */

/**
 * @typedef {object} Part
 * @property {string} kind
 * @property {string} name
 * @property {readonly Stroke[]} strokes
 */

/** @type {[kind: string, name: string, half: string, rest: string][]} */
const DRAWN = [
  [
    "Eyes",
    "open",
    "M173 246C181 234 203 231 219 246C206 255 186 256 173 246" +
      "M186 244C186 238 190 234 196 234C202 234 206 238 206 244C206 250 202 253 196 253C190 253 186 250 186 244",
    "",
  ],
  [
    "Eyes",
    "narrow",
    "M171 245C183 237 205 237 220 247C206 252 186 252 171 245" +
      "M187 242C187 248 191 252 196 252C201 252 205 248 205 242",
    "",
  ],
  [
    "Eyes",
    "round",
    "M172 247C179 229 207 228 219 247C208 259 184 260 172 247" +
      "M184 245C184 238 189 232 196 232C203 232 208 238 208 245C208 252 203 257 196 257C189 257 184 252 184 245" +
      "M170 236C181 222 207 220 220 234",
    "",
  ],
  [
    "Brows",
    "arched",
    "M144 217C159 199 197 195 227 211C227 215 225 219 222 220C195 207 163 208 144 217",
    "",
  ],
  [
    "Brows",
    "straight",
    "M146 211C175 203 203 203 228 208C229 212 228 216 226 218C199 214 171 213 146 211",
    "",
  ],
  ["Brows", "thin", "M147 214C165 200 199 197 226 210", ""],
  [
    "Nose",
    "soft",
    "",
    "M218 316C212 331 220 340 232 337C244 346 268 346 280 337C292 340 300 331 294 316",
  ],
  [
    "Nose",
    "narrow",
    "",
    "M225 320C220 332 227 338 237 336C247 343 265 343 275 336C285 338 292 332 287 320",
  ],
  [
    "Nose",
    "long",
    "",
    "M242 246C239 276 235 298 221 318C213 334 225 342 235 338C247 348 267 347 279 338C291 340 297 330 291 318",
  ],
  [
    "Mouth",
    "calm",
    "",
    "M207 383C225 377 239 369 247 369C251 369 253 372 256 372C259 372 261 369 265 369C273 369 287 377 305 383" +
      "M207 383C231 388 281 388 305 383M207 383C225 407 287 407 305 383",
  ],
  [
    "Mouth",
    "smile",
    "",
    "M199 372C221 368 239 364 256 368C273 364 291 368 313 372C299 414 213 414 199 372" +
      "M210 376C239 374 273 374 302 376C288 401 224 401 210 376",
  ],
  [
    "Mouth",
    "open",
    "",
    "M215 376C229 366 243 363 256 367C269 363 283 366 297 376C299 400 279 418 256 418C233 418 213 400 215 376" +
      "M227 379C245 374 267 374 285 379C283 396 271 405 256 405C241 405 229 396 227 379",
  ],
  ["Chin", "oval", "M129 246C125 316 145 388 185 438C205 464 231 481 256 481", ""],
  ["Chin", "square", "M126 246C123 326 131 376 151 420C175 456 221 480 256 480", ""],
  ["Chin", "pointed", "M130 246C127 310 149 372 185 420C211 452 235 486 256 487", ""],
  [
    "Hair",
    "short",
    "",
    "M118 262C85 150 127 26 251 20C375 14 423 140 395 262" +
      "M129 246C129 196 145 160 171 142C225 158 299 148 341 112C367 150 383 196 383 246",
  ],
  [
    "Hair",
    "long",
    "",
    "M97 508C57 400 65 250 91 168C121 62 189 18 261 18C333 18 395 62 423 168C447 250 453 400 415 508" +
      "M273 62C205 84 147 150 129 246C121 330 133 420 125 508M273 62C329 92 367 160 383 246C391 330 379 420 389 508",
  ],
  [
    "Hair",
    "fringe",
    "",
    "M121 404C77 300 77 150 127 84C181 8 331 8 385 84C435 150 435 300 391 404" +
      "M135 196C189 178 323 178 377 196M135 196C127 270 131 340 121 404M377 196C385 270 381 340 391 404",
  ],
  [
    "Hair",
    "tied",
    "",
    "M127 262C103 160 149 60 256 58C363 60 409 160 385 262M137 226C149 130 199 92 256 90C313 92 363 130 375 226M221 58C203 20 225 4 256 4C287 4 309 20 291 58",
  ],
];

/** @type {readonly Part[]} */
export const PARTS = DRAWN.map(([kind, name, half, rest]) => ({
  kind,
  name,
  strokes: [
    ...fromPathData(half),
    ...fromPathData(half).map((one) => mirrored(one, AXIS_PX)),
    ...fromPathData(rest),
  ],
}));

const NECK = fromPathData("M187 441C189 468 187 490 175 510M325 441C323 468 325 490 337 510");

/**
 * @param {...string} names As "kind name".
 * @returns {Stroke[]}
 */
function face(...names) {
  const chosen = PARTS.filter(({ kind, name }) => names.includes(`${kind} ${name}`));
  return [...chosen.flatMap((part) => part.strokes), ...NECK];
}

/** Drawings to start from. */
export const EXAMPLES = [
  {
    name: "Long hair",
    strokes: face(
      "Eyes open",
      "Brows arched",
      "Nose soft",
      "Mouth smile",
      "Chin oval",
      "Hair long",
    ),
  },
  {
    name: "Short hair",
    strokes: face(
      "Eyes narrow",
      "Brows straight",
      "Nose soft",
      "Mouth calm",
      "Chin square",
      "Hair short",
    ),
  },
  {
    name: "Fringe",
    strokes: face(
      "Eyes round",
      "Brows thin",
      "Nose narrow",
      "Mouth calm",
      "Chin pointed",
      "Hair fringe",
    ),
  },
  {
    name: "Tied back",
    strokes: face(
      "Eyes open",
      "Brows thin",
      "Nose narrow",
      "Mouth smile",
      "Chin oval",
      "Hair tied",
    ),
  },
];

/** Outlines of where eyes, nose, mouth and chin of the training faces lie on average. */
export const GUIDE = [
  "M129 249C125 330 149 400 185 442C207 468 231 483 256 483C281 483 305 468 327 442C363 400 387 330 383 249",
  "M142 216C164 202 198 200 226 212M286 212C314 200 348 202 370 216",
  "M176 244C176 230 216 230 216 244C216 258 176 258 176 244",
  "M296 244C296 230 336 230 336 244C336 258 296 258 296 244",
  "M216 322C216 346 236 341 256 344C276 341 296 346 296 322",
  "M206 383C234 366 278 366 306 383C286 408 226 408 206 383",
].flatMap(fromPathData);
