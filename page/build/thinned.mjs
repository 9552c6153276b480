// @ts-check
/**
 * A line without the points that stray less than a tolerance from it (Douglas and Peucker, 1973).
 *
 * A ring of which nothing would be left, a small island, keeps all of its points.
 *
 * @param {import("geojson").Position[]} line
 * @param {number} tolerance In the line's own units; 0 leaves out nothing.
 */
export function thinned(line, tolerance) {
  if (tolerance === 0) return line;
  const kept = new Set([0, line.length - 1]);
  const pieces = [[0, line.length - 1]];
  for (let piece = pieces.pop(); piece; piece = pieces.pop()) {
    const [from = 0, to = 0] = piece;
    const [farthest, distance] = farthestOff(line, from, to);
    if (distance <= tolerance) continue;
    kept.add(farthest);
    pieces.push([from, farthest], [farthest, to]);
  }
  const left = line.filter((_, at) => kept.has(at));
  const isRing = line[0]?.join() === line.at(-1)?.join();
  return isRing && left.length < 4 ? line : left;
}

/**
 * @param {import("geojson").Position[]} line
 * @param {number} from
 * @param {number} to
 * @returns {[at: number, distance: number]}
 */
function farthestOff(line, from, to) {
  const [startX = 0, startY = 0] = line[from] ?? [];
  const [endX = 0, endY = 0] = line[to] ?? [];
  const [alongX, alongY] = [endX - startX, endY - startY];
  const square = alongX * alongX + alongY * alongY;
  let farthest = from;
  let most = -1;
  for (let at = from + 1; at < to; at += 1) {
    const [x = 0, y = 0] = line[at] ?? [];
    const share = square && ((x - startX) * alongX + (y - startY) * alongY) / square;
    const within = Math.min(1, Math.max(0, share));
    const distance = Math.hypot(x - startX - within * alongX, y - startY - within * alongY);
    if (distance > most) [farthest, most] = [at, distance];
  }
  return [farthest, most];
}
