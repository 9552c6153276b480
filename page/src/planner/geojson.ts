/** The line in a GeoJSON document (RFC 7946). */
import { type Place, placeAt } from "./places";

/** Deeper nesting than collections of features with collections of geometries is no route. */
const MAX_DEPTH = 4;

/**
 * The lines of a document, one after the other; without any, its points in their order.
 *
 * `null` for a value that is no GeoJSON. Positions that are not on the globe are left out.
 */
export function geoJsonLine(value: unknown): Place[] | null {
  const geometries = geometriesOf(value, MAX_DEPTH);
  if (geometries === null) return null;
  const lines = geometries.flatMap(linePlaces);
  return lines.length > 0 ? lines : geometries.flatMap(pointPlaces);
}

interface Geometry {
  readonly type: string;
  readonly coordinates: readonly unknown[];
}

function geometriesOf(value: unknown, depth: number): Geometry[] | null {
  if (typeof value !== "object" || value === null || depth === 0) return null;
  const { type, features, geometries, geometry, coordinates } = value as Record<string, unknown>;
  if (type === "Feature") return geometry === null ? [] : geometriesOf(geometry, depth - 1);
  const members = type === "FeatureCollection" ? features : geometries;
  if (Array.isArray(members)) {
    return members.flatMap((member) => geometriesOf(member, depth - 1) ?? []);
  }
  return typeof type === "string" && Array.isArray(coordinates) ? [{ type, coordinates }] : null;
}

function linePlaces({ type, coordinates }: Geometry): Place[] {
  if (type === "LineString") return places(coordinates);
  if (type !== "MultiLineString") return [];
  return coordinates.flatMap((line) => (Array.isArray(line) ? places(line) : []));
}

function pointPlaces({ type, coordinates }: Geometry): Place[] {
  if (type === "Point") return places([coordinates]);
  return type === "MultiPoint" ? places(coordinates) : [];
}

/** GeoJSON writes the longitude first. */
function places(positions: readonly unknown[]): Place[] {
  return positions.flatMap((position) => {
    const [longitude, latitude] = Array.isArray(position) ? (position as unknown[]) : [];
    if (typeof latitude !== "number" || typeof longitude !== "number") return [];
    return placeAt(latitude, longitude) ?? [];
  });
}
