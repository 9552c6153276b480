/** What the visitor planned: stops in order, or a line of his own, and how far beside it. */
import { MAX_STOPS, type Place, writePlace } from "./places";

/** A place with the name it was found by. */
export interface Stop extends Place {
  readonly title: string | null;
}

/** From, the places between, to; `null` for a field that is still empty. Two at least. */
export type Stops = readonly (Stop | null)[];

export const NO_STOPS: Stops = [null, null];

/** Half the width of the corridor, in km, to choose from. */
export const CORRIDORS_KM = [1, 2, 5, 10, 20, 50] as const;
export const USUAL_CORRIDOR_KM = 5;

export interface Plan {
  readonly stops: Stops;
  /** Followed in place of the stops: out of a file, or pasted. */
  readonly line: readonly Place[] | null;
  readonly corridorKm: number;
}

export const NO_PLAN: Plan = { stops: NO_STOPS, line: null, corridorKm: USUAL_CORRIDOR_KM };

export function withStop(stops: Stops, at: number, stop: Stop | null): Stops {
  return stops.with(at, stop);
}

/** Fields for places that have no names. */
export function stopsAt(places: readonly Place[]): Stops {
  return places.map((place) => ({ ...place, title: null }));
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

/** A place for the first field that is empty; where all are filled, between the last two. */
export function withNext(stops: Stops, stop: Stop): Stops {
  const empty = stops.indexOf(null);
  return empty === -1 ? withVia(stops, stop) : withStop(stops, empty, stop);
}

/** The name it was found by, else where it is. */
export function nameOfStop(stop: Stop): string {
  return stop.title ?? writePlace(stop);
}

/** How a stop is called on the map and beside it: A, B, C and so on, one for each field. */
export function letterOf(at: number): string {
  return String.fromCharCode("A".charCodeAt(0) + at);
}

/** The stops that are given; a route needs two of them. */
export function given(stops: Stops): readonly Stop[] {
  return stops.filter((stop) => stop !== null);
}
