/** Places on a route, and the ways in which a visitor may write them down. */
import { decodePolyline } from "./polyline";

/** WGS 84 degrees. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** What was pasted: a few places to drive to, or a line to follow. */
export interface Pasted {
  readonly kind: "stops" | "line";
  readonly places: readonly Place[];
}

/** Stops of a route at most; the directions of the API take no more. */
export const MAX_STOPS = 25;

const NUMBER = String.raw`[+-]?\d{1,3}(?:\.\d+)?`;
const PAIR = new RegExp(String.raw`^(${NUMBER})\s*[,\s]\s*(${NUMBER})$`);
const GEO_URI = /^geo:([^;?]+)/i;

/** Reads "48.8566, 2.3522" or "geo:48.8566,2.3522" (latitude first); `null` for other text. */
export function readPlace(text: string): Place | null {
  const trimmed = text.trim();
  const written = GEO_URI.exec(trimmed)?.[1] ?? trimmed;
  const pair = PAIR.exec(written);
  return pair ? placeAt(Number(pair[1]), Number(pair[2])) : null;
}

/**
 * Reads places by the line (or semicolon), or an encoded polyline of precision 5.
 *
 * `null` for text that is neither, and for fewer than two places.
 */
export function readPasted(text: string): Pasted | null {
  const written = text.split(/[\n;]+/).filter((line) => line.trim() !== "");
  const places = written.flatMap((line) => readPlace(line) ?? []);
  if (places.length === written.length && places.length >= 2) {
    return { kind: places.length > MAX_STOPS ? "line" : "stops", places };
  }
  const line = decodePolyline(text.trim());
  return line && line.length >= 2 ? { kind: "line", places: line } : null;
}

/** `null` where the numbers lie beyond the globe. */
export function placeAt(latitude: number, longitude: number): Place | null {
  const isOnGlobe = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  return isOnGlobe ? { latitude, longitude } : null;
}

/** "48.8566, 2.3522": about ten metres fine, which `readPlace` reads again. */
export function writePlace({ latitude, longitude }: Place): string {
  return `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`;
}
