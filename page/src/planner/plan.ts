/** What the visitor planned: stops in order, and how it is written into the page's address. */
import { shortened } from "../view";
import { MAX_STOPS, type Place, readPlace } from "./places";

/** A place with the name it was found by. */
export interface Stop extends Place {
  readonly title: string | null;
}

/** From, the places between, to; `null` for a field that is still empty. Two at least. */
export type Stops = readonly (Stop | null)[];

export const NO_STOPS: Stops = [null, null];

export const MIN_CORRIDOR_KM = 1;
export const MAX_CORRIDOR_KM = 50;
export const USUAL_CORRIDOR_KM = 5;

/** Decimals of a degree in the address: about ten metres. */
const DECIMALS = 4;
const BETWEEN = "~";

export function withStop(stops: Stops, at: number, stop: Stop | null): Stops {
  return stops.with(at, stop);
}

/** A new field before the last one. */
export function withVia(stops: Stops, via: Stop | null = null): Stops {
  return stops.length < MAX_STOPS ? stops.toSpliced(-1, 0, via) : stops;
}

export function without(stops: Stops, at: number): Stops {
  return stops.length > 2 ? stops.toSpliced(at, 1) : stops.with(at, null);
}

/** Swaps a stop with its neighbour; at the end of the list nothing happens. */
export function moved(stops: Stops, at: number, by: -1 | 1): Stops {
  const to = at + by;
  if (to < 0 || to >= stops.length) return stops;
  return stops.with(at, stops[to] ?? null).with(to, stops[at] ?? null);
}

export function reversed(stops: Stops): Stops {
  return stops.toReversed();
}

/** The stops that are given; a route needs two of them. */
export function given(stops: Stops): readonly Stop[] {
  return stops.filter((stop) => stop !== null);
}

/** "48.8566,2.3522~45.7578,4.8320"; `null` for a plan without any place. */
export function writeStops(stops: Stops): string | null {
  if (given(stops).length === 0) return null;
  return stops
    .map((stop) =>
      stop === null
        ? ""
        : `${shortened(stop.latitude, DECIMALS)},${shortened(stop.longitude, DECIMALS)}`,
    )
    .join(BETWEEN);
}

/** Reads what `writeStops` wrote; a place that cannot be read stays an empty field. */
export function readStops(text: string | null): Stops {
  if (text === null || text === "") return NO_STOPS;
  const stops: Stops = text
    .split(BETWEEN)
    .slice(0, MAX_STOPS)
    .map((written) => {
      const place = readPlace(written);
      return place && { ...place, title: null };
    });
  return stops.length < 2 ? [...stops, null] : stops;
}
