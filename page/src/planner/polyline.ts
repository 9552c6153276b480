/** Encoded polylines of precision 5, as Google's, OSRM's and Valhalla's tools write them. */
import type { Place } from "./places";

const PRECISION = 1e5;
const FIRST_CODE = 63;
/** Beyond any degree: a longer number is not a coordinate. */
const MAX_SHIFT = 30;

/** Reads a polyline; `null` for text that is none, or that leaves the globe. */
export function decodePolyline(text: string): Place[] | null {
  const places: Place[] = [];
  const numbers = readNumbers(text);
  if (numbers === null || numbers.length % 2 !== 0) return null;
  let latitude = 0;
  let longitude = 0;
  for (let at = 0; at < numbers.length; at += 2) {
    latitude += numbers[at] ?? 0;
    longitude += numbers[at + 1] ?? 0;
    if (Math.abs(latitude) > 90 * PRECISION || Math.abs(longitude) > 180 * PRECISION) return null;
    places.push({ latitude: latitude / PRECISION, longitude: longitude / PRECISION });
  }
  return places;
}

export function encodePolyline(places: readonly Place[]): string {
  let text = "";
  let before: readonly [number, number] = [0, 0];
  for (const { latitude, longitude } of places) {
    const here = [Math.round(latitude * PRECISION), Math.round(longitude * PRECISION)] as const;
    text += writeNumber(here[0] - before[0]) + writeNumber(here[1] - before[1]);
    before = here;
  }
  return text;
}

function readNumbers(text: string): number[] | null {
  const numbers: number[] = [];
  let bits = 0;
  let shift = 0;
  for (const letter of text) {
    const code = letter.charCodeAt(0) - FIRST_CODE;
    if (code < 0 || code > 63 || shift > MAX_SHIFT) return null;
    bits += (code & 31) * 2 ** shift;
    shift += 5;
    if (code >= 32) continue;
    numbers.push(bits % 2 === 1 ? -(bits + 1) / 2 : bits / 2);
    bits = 0;
    shift = 0;
  }
  return shift === 0 ? numbers : null;
}

function writeNumber(value: number): string {
  let bits = value < 0 ? -value * 2 - 1 : value * 2;
  let text = "";
  while (bits >= 32) {
    text += String.fromCharCode((bits % 32) + 32 + FIRST_CODE);
    bits = Math.floor(bits / 32);
  }
  return text + String.fromCharCode(bits + FIRST_CODE);
}
