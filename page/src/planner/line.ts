/** Measures on a line of places: lengths, points along it, fewer points for the same course. */
import { distanceKm, wrapped } from "../view";
import type { Place } from "./places";

/** Points that the API takes of a route. */
export const MAX_POINTS = 20_000;

/** Lines are cut into pieces of this many points first: Douglas and Peucker's worst case squares. */
const PIECE_POINTS = 5_000;

export function lengthM(line: readonly Place[]): number {
  let metres = 0;
  for (let at = 1; at < line.length; at += 1) {
    metres += distanceKm(line[at - 1] as Place, line[at] as Place) * 1000;
  }
  return metres;
}

/** The place a way along the line; `null` beyond its end. */
export function placeAlong(line: readonly Place[], alongM: number): Place | null {
  let left = alongM;
  for (let at = 1; at < line.length; at += 1) {
    const from = line[at - 1] as Place;
    const to = line[at] as Place;
    const legM = distanceKm(from, to) * 1000;
    if (left <= legM) return legM === 0 ? from : between(from, to, left / legM);
    left -= legM;
  }
  return null;
}

/** The piece of a line between two ways along it; empty where the line ends before it. */
export function piece(line: readonly Place[], fromM: number, toM: number): Place[] {
  const start = placeAlong(line, fromM);
  const end = placeAlong(line, toM) ?? line.at(-1);
  if (start === null || end === undefined) return [];
  const inside: Place[] = [];
  let alongM = 0;
  for (let at = 1; at < line.length - 1; at += 1) {
    const place = line[at] as Place;
    alongM += distanceKm(line[at - 1] as Place, place) * 1000;
    if (alongM > fromM && alongM < toM) inside.push(place);
  }
  return [start, ...inside, end];
}

/** With points between those that are far apart, on the great circle. */
export function dense(line: readonly Place[], stepM: number): Place[] {
  return line.flatMap((to, at) => {
    const from = line[at - 1];
    if (from === undefined) return [to];
    const steps = Math.ceil((distanceKm(from, to) * 1000) / stepM);
    const inner = Array.from({ length: Math.max(0, steps - 1) }, (_, step) =>
      between(from, to, (step + 1) / steps),
    );
    return [...inner, to];
  });
}

/**
 * The points of a line that tell most of its course, both ends among them.
 *
 * Douglas and Peucker's order: a point counts as much as it lies off the line between its
 * neighbours in that order, at most as much as the point that divided them.
 */
export function simplified(line: readonly Place[], most: number = MAX_POINTS): readonly Place[] {
  if (line.length <= most) return line;
  const weights = pointWeights(line);
  const order = [...weights.keys()].sort((one, other) => (weights[other] ?? 0) - (weights[one] ?? 0));
  const kept = order.slice(0, most).sort((one, other) => one - other);
  return kept.map((at) => line[at] as Place);
}

function pointWeights(line: readonly Place[]): Float64Array {
  const weights = new Float64Array(line.length);
  const last = line.length - 1;
  const pieces: [first: number, last: number, atMost: number][] = [];
  for (let first = 0; first < last; first += PIECE_POINTS) {
    pieces.push([first, Math.min(last, first + PIECE_POINTS), Infinity]);
    weights[first] = Infinity;
  }
  weights[last] = Infinity;
  for (let piece = pieces.pop(); piece; piece = pieces.pop()) {
    const [from, to, atMost] = piece;
    const [farthest, offM] = farthestOff(line, from, to);
    if (farthest === null) continue;
    const weight = Math.min(atMost, offM);
    weights[farthest] = weight;
    pieces.push([from, farthest, weight], [farthest, to, weight]);
  }
  return weights;
}

function farthestOff(line: readonly Place[], from: number, to: number): [number | null, number] {
  let farthest: number | null = null;
  let mostM = -1;
  const start = line[from] as Place;
  const [endX, endY] = metresFrom(start, line[to] as Place);
  const square = endX * endX + endY * endY;
  for (let at = from + 1; at < to; at += 1) {
    const [x, y] = metresFrom(start, line[at] as Place);
    const share = square === 0 ? 0 : Math.min(1, Math.max(0, (x * endX + y * endY) / square));
    const offM = Math.hypot(x - share * endX, y - share * endY);
    if (offM > mostM) [farthest, mostM] = [at, offM];
  }
  return [farthest, mostM];
}

/** On a flat map around a place: near enough to compare points of one line. */
function metresFrom(origin: Place, place: Place): [x: number, y: number] {
  const perDegree = 111_195;
  const shrink = Math.cos((origin.latitude * Math.PI) / 180);
  return [
    wrapped(place.longitude - origin.longitude) * perDegree * shrink,
    (place.latitude - origin.latitude) * perDegree,
  ];
}

/** The point at a share of the great circle between two places. */
function between(from: Place, to: Place, share: number): Place {
  const angle = distanceKm(from, to) / distanceKm({ latitude: 0, longitude: 0 }, RADIAN_NORTH);
  const one = vector(from);
  const other = vector(to);
  const sine = Math.sin(angle);
  const ofOne = sine === 0 ? 1 - share : Math.sin((1 - share) * angle) / sine;
  const ofOther = sine === 0 ? share : Math.sin(share * angle) / sine;
  const [x, y, z] = one.map((part, axis) => part * ofOne + (other[axis] ?? 0) * ofOther);
  const degrees = 180 / Math.PI;
  return {
    latitude: Math.atan2(z ?? 0, Math.hypot(x ?? 0, y ?? 0)) * degrees,
    longitude: Math.atan2(y ?? 0, x ?? 0) * degrees,
  };
}

/** One radian north of the equator: an earth's radius away. */
const RADIAN_NORTH: Place = { latitude: 180 / Math.PI, longitude: 0 };

function vector({ latitude, longitude }: Place): [number, number, number] {
  const up = (latitude * Math.PI) / 180;
  const round = (longitude * Math.PI) / 180;
  return [Math.cos(up) * Math.cos(round), Math.cos(up) * Math.sin(round), Math.sin(up)];
}
