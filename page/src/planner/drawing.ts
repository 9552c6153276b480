/** What the map draws of a route. */
import type { Feature, FeatureCollection, Position } from "geojson";
import { ROUTE_PART, type RoutePart } from "../map/route-layers";
import { type Box, MAX_LATITUDE, WORLD, wrapped } from "../view";
import { dense, lengthM, piece, placeAlong } from "./line";
import type { Place } from "./places";

/** Straight on the map, legs of this length cannot be told from great circles. */
const LEG_M = 50_000;

export const NO_ROUTE: FeatureCollection = { type: "FeatureCollection", features: [] };

/** The line; from where the charge ends on, apart, with a mark that says so. */
export function drawnRoute(
  line: readonly Place[],
  reachM: number | null,
  label: string,
): FeatureCollection {
  const course = dense(line, LEG_M);
  const end = reachM === null ? null : placeAlong(course, reachM);
  if (reachM === null || end === null) return collection([lineFeature("reached", course)]);
  return collection([
    lineFeature("reached", piece(course, 0, reachM)),
    lineFeature("beyond", piece(course, reachM, lengthM(course))),
    {
      type: "Feature",
      geometry: { type: "Point", coordinates: [end.longitude, end.latitude] },
      properties: { [ROUTE_PART]: "end-of-charge" satisfies RoutePart, label },
    },
  ]);
}

/** Around a line, the short way over the antimeridian. */
export function boxOf(line: readonly Place[]): Box {
  const positions = unrolled(line);
  const longitudes = positions.map(([longitude = 0]) => longitude);
  const latitudes = positions.map(([, latitude = 0]) => latitude);
  const [west, east] = extent(longitudes);
  const [south, north] = extent(latitudes);
  const isWholeTurn = east - west >= 360;
  return {
    west: isWholeTurn ? WORLD.west : wrapped(west),
    east: isWholeTurn ? WORLD.east : wrapped(east),
    south: Math.max(-MAX_LATITUDE, south),
    north: Math.min(MAX_LATITUDE, north),
  };
}

/** As GeoJSON positions whose longitude does not jump, be it beyond 180. */
export function unrolled(line: readonly Place[]): Position[] {
  let before: number | null = null;
  return line.map(({ latitude, longitude }) => {
    before = before === null ? longitude : before + wrapped(longitude - before);
    return [before, latitude];
  });
}

function lineFeature(part: RoutePart, line: readonly Place[]): Feature {
  return {
    type: "Feature",
    geometry: { type: "LineString", coordinates: unrolled(line) },
    properties: { [ROUTE_PART]: part },
  };
}

function collection(features: Feature[]): FeatureCollection {
  return { type: "FeatureCollection", features };
}

/** Lines are too long to spread them over the arguments of `Math.min`. */
function extent(values: readonly number[]): [low: number, high: number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}
