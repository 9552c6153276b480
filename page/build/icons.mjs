/** The page's sign as PNG, drawn point by point: telephones want no SVG on their home screen. */
import { crc32, deflateSync } from "node:zlib";

const GROUND = [0x0b, 0x6e, 0x5b];
/** The bolt of `src/bolt.svg`, on its 32 units. */
const BOLT = [[18.4, 4.5], [8, 18.2], [14.6, 18.2], [12.7, 27.5], [23.9, 13], [16.9, 13]];
const UNITS = 32;
const SAMPLES = 4;

/**
 * @param {number} size Width and height in pixels.
 * @param {{ radius: number, scale: number }} shape Radius of the corners in units, 0 for a
 *   full square; scale of the bolt, below 1 where a mask may cut the edges off.
 */
export function icon(size, { radius, scale }) {
  const rows = Buffer.alloc(size * (1 + size * 4));
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      rows.set(pixel(x, y, size, radius, scale), y * (1 + size * 4) + 1 + x * 4);
    }
  }
  return png(size, rows);
}

/** @param {number} x @param {number} y @param {number} size @param {number} radius @param {number} scale */
function pixel(x, y, size, radius, scale) {
  let inside = 0;
  let white = 0;
  for (let sample = 0; sample < SAMPLES * SAMPLES; sample += 1) {
    const across = ((x + (sample % SAMPLES) / SAMPLES) / size) * UNITS;
    const down = ((y + Math.floor(sample / SAMPLES) / SAMPLES) / size) * UNITS;
    if (!isOnGround(across, down, radius)) continue;
    inside += 1;
    const middle = UNITS / 2;
    if (isInBolt((across - middle) / scale + middle, (down - middle) / scale + middle)) white += 1;
  }
  if (inside === 0) return [0, 0, 0, 0];
  const share = white / inside;
  const colour = GROUND.map((part) => Math.round(part + (255 - part) * share));
  return [...colour, Math.round((255 * inside) / SAMPLES ** 2)];
}

/** @param {number} x @param {number} y @param {number} radius */
function isOnGround(x, y, radius) {
  const overX = Math.max(radius - x, x - (UNITS - radius), 0);
  const overY = Math.max(radius - y, y - (UNITS - radius), 0);
  return overX === 0 || overY === 0 || Math.hypot(overX, overY) <= radius;
}

/** @param {number} x @param {number} y */
function isInBolt(x, y) {
  let isIn = false;
  for (const [at, [fromX = 0, fromY = 0]] of BOLT.entries()) {
    const [toX = 0, toY = 0] = BOLT[(at + 1) % BOLT.length] ?? [];
    const crosses = fromY > y !== toY > y;
    if (crosses && x < ((toX - fromX) * (y - fromY)) / (toY - fromY) + fromX) isIn = !isIn;
  }
  return isIn;
}

/** @param {number} size @param {Buffer} rows Each begins with its filter, 0: none. */
function png(size, rows) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  // Eight bits for each of red, green, blue, opacity.
  head.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** @param {string} kind @param {Buffer} content */
function chunk(kind, content) {
  const named = Buffer.concat([Buffer.from(kind, "ascii"), content]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(content.length, 0);
  ends.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}
