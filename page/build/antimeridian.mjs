// @ts-check
/**
 * Shapes that cross the 180th meridian, made continuous.
 *
 * Natural Earth jumps from 180° to -180° inside a ring; drawn as it is, that is a line around
 * the world. Here a ring runs on beyond ±180°, as MapLibre understands, and one that goes
 * round a pole is closed over it.
 *
 * @typedef {import("geojson").Position} Position
 */

/**
 * @param {Position[][]} polygon outer ring, then holes
 * @returns {Position[][]}
 */
export function continuousPolygon([outer = [], ...holes]) {
  const around = closedOverPole(continuousLine(outer));
  const [west, east] = span(around);
  return [
    around,
    ...holes.map((hole) => {
      const inside = continuousLine(hole);
      const [from, to] = span(inside);
      const turn = [0, 360, -360].find((degrees) => from + degrees >= west && to + degrees <= east);
      return moved(inside, turn ?? 0);
    }),
  ];
}

/**
 * Each position at most half a turn from the one before; the middle within ±180°.
 *
 * @param {Position[]} line
 * @returns {Position[]}
 */
export function continuousLine(line) {
  let before = line[0]?.[0] ?? 0;
  let turns = 0;
  const run = line.map(([longitude = 0, latitude = 0]) => {
    if (longitude - before > 180) turns -= 360;
    else if (longitude - before < -180) turns += 360;
    before = longitude;
    return [longitude + turns, latitude];
  });
  const [west, east] = span(run);
  const middle = (west + east) / 2;
  return Math.abs(middle) <= 180 ? run : moved(run, middle > 0 ? -360 : 360);
}

/**
 * @param {Position[]} ring
 * @returns {Position[]}
 */
function closedOverPole(ring) {
  const first = ring[0];
  const last = ring.at(-1);
  if (!first || !last || Math.abs((last[0] ?? 0) - (first[0] ?? 0)) < 180) return ring;
  const pole = (first[1] ?? 0) < 0 ? -90 : 90;
  return [...ring, [last[0] ?? 0, pole], [first[0] ?? 0, pole], first];
}

/**
 * @param {Position[]} line
 * @param {number} degrees
 * @returns {Position[]}
 */
function moved(line, degrees) {
  if (degrees === 0) return line;
  return line.map(([longitude = 0, latitude = 0]) => [longitude + degrees, latitude]);
}

/**
 * @param {Position[]} line
 * @returns {[west: number, east: number]}
 */
function span(line) {
  let [west, east] = [Infinity, -Infinity];
  for (const [longitude = 0] of line) {
    west = Math.min(west, longitude);
    east = Math.max(east, longitude);
  }
  return [west, east];
}
