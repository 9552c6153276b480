/** What part of the world is on the screen, and what to ask the server for it. */

export interface View {
  readonly latitude: number;
  readonly longitude: number;
  /** MapLibre's zoom: the world is 512 · 2^zoom pixels wide. */
  readonly zoom: number;
}

/** Degrees; west > east where the box crosses the antimeridian. */
export interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** Web Mercator ends here. */
export const MAX_LATITUDE = 85.051129;

export const WORLD: Box = { west: -180, south: -MAX_LATITUDE, east: 180, north: MAX_LATITUDE };

const EARTH_RADIUS_KM = 6371.0088;
const MAX_RADIUS_KM = 500;

/** The whole zoom for which the server makes clusters: cells of 75 to 150 pixels. */
export function clusterZoom(zoom: number): number {
  return Math.max(0, Math.min(22, Math.round(zoom + 0.25)));
}

/**
 * The box grown to whole tiles of a zoom.
 *
 * Neighbouring views then ask the same question: a small pan needs no request, and clusters
 * at the border do not change their count while the map moves.
 */
export function grownToTiles(box: Box, zoom: number): Box {
  const tiles = 2 ** clusterZoom(zoom);
  const width = box.east >= box.west ? box.east - box.west : box.east + 360 - box.west;
  const firstColumn = Math.floor(((box.west + 180) / 360) * tiles);
  const lastColumn = Math.ceil(((box.west + width + 180) / 360) * tiles);
  const firstRow = clamp(Math.floor(rowOf(box.north, tiles)), 0, tiles - 1);
  const lastRow = clamp(Math.ceil(rowOf(box.south, tiles)), firstRow + 1, tiles);
  const isWholeTurn = lastColumn - firstColumn >= tiles;
  return {
    west: isWholeTurn ? -180 : wrapped((firstColumn / tiles) * 360 - 180),
    east: isWholeTurn ? 180 : wrappedEast((lastColumn / tiles) * 360 - 180),
    north: latitudeOf(firstRow, tiles),
    south: latitudeOf(lastRow, tiles),
  };
}

/** A view of the middle of a box that does not cross the antimeridian. */
export function middleOf(box: Box): View {
  return { latitude: (box.south + box.north) / 2, longitude: (box.west + box.east) / 2, zoom: 1 };
}

/** What a window of common size would show of a view; for a page without a map. */
export function boxAround({ latitude, longitude, zoom }: View): Box {
  const half = Math.min(180, (360 / 2 ** zoom) * 0.75);
  return {
    west: half === 180 ? -180 : wrapped(longitude - half),
    east: half === 180 ? 180 : wrappedEast(longitude + half),
    south: Math.max(-MAX_LATITUDE, latitude - half / 2),
    north: Math.min(MAX_LATITUDE, latitude + half / 2),
  };
}

export function contains(box: Box, latitude: number, longitude: number): boolean {
  if (latitude < box.south || latitude > box.north) return false;
  return box.west <= box.east
    ? longitude >= box.west && longitude <= box.east
    : longitude >= box.west || longitude <= box.east;
}

/** `bbox=` of the API: west,south,east,north. */
export function bboxOf(box: Box): string {
  return [box.west, box.south, box.east, box.north].map((degrees) => shortened(degrees, 6)).join();
}

/** Radius in km that reaches from the centre of a view to its farthest corner, at most 500. */
export function reachKm(view: View, box: Box): number {
  const corners = [
    [box.north, box.west],
    [box.north, box.east],
    [box.south, box.west],
    [box.south, box.east],
  ] as const;
  const reach = Math.max(
    ...corners.map(([latitude, longitude]) => distanceKm(view, { latitude, longitude })),
  );
  return Math.min(MAX_RADIUS_KM, Math.max(0.1, Math.ceil(reach * 10) / 10));
}

type Place = Pick<View, "latitude" | "longitude">;

export function distanceKm(from: Place, to: Place): number {
  const radians = Math.PI / 180;
  const halfLatitude = ((to.latitude - from.latitude) * radians) / 2;
  const halfLongitude = ((to.longitude - from.longitude) * radians) / 2;
  const chord =
    Math.sin(halfLatitude) ** 2 +
    Math.cos(from.latitude * radians) *
      Math.cos(to.latitude * radians) *
      Math.sin(halfLongitude) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** Longitude between -180 (included) and 180 (not included). */
export function wrapped(longitude: number): number {
  if (longitude >= -180 && longitude < 180) return longitude;
  return ((((longitude + 180) % 360) + 360) % 360) - 180;
}

export function shortened(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}

function wrappedEast(longitude: number): number {
  const east = wrapped(longitude);
  return east === -180 ? 180 : east;
}

function rowOf(latitude: number, tiles: number): number {
  const bounded = (clamp(latitude, -MAX_LATITUDE, MAX_LATITUDE) * Math.PI) / 180;
  return ((1 - Math.asinh(Math.tan(bounded)) / Math.PI) / 2) * tiles;
}

function latitudeOf(row: number, tiles: number): number {
  return (Math.atan(Math.sinh(Math.PI * (1 - (2 * row) / tiles))) * 180) / Math.PI;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
