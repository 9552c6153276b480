/** Where the page begins when its address does not say: around all that the catalogue has. */
import { askClusters, type Clusters } from "./api";
import { NO_FILTERS } from "./filters";
import { type Box, WORLD } from "./view";

/** Zoom of a first look at the world, and half of its cells in degrees. */
const ROUGH = { zoom: 4, margin: 2.8 };
/** A second look, at where the stations are; the server bounds the number of cells. */
const FINE = { zoom: 8, margin: 0.3 };
/** Share of the stations that may lie beyond each edge, so that one island does not rule. */
const BEYOND = 0.01;

/** Of a box wider than this, in degrees, a second look would move the edges by nothing to see. */
const WIDE = 60;

/** A box around nearly all stations; `null` for an empty catalogue. */
export async function findHome(
  signal: AbortSignal,
  ask: typeof askClusters = askClusters,
): Promise<Box | null> {
  const lookAt = async (box: Box, { zoom, margin }: typeof ROUGH) =>
    homeBox(await ask(box, zoom, NO_FILTERS, signal), margin);
  const rough = await lookAt(WORLD, ROUGH);
  if (rough === null || rough.east - rough.west > WIDE) return rough;
  return (await lookAt(rough, FINE)) ?? rough;
}

export function homeBox(clusters: Clusters, marginDegrees: number): Box | null {
  if (clusters.features.length === 0) return null;
  const [west, east] = span(clusters, 0);
  const [south, north] = span(clusters, 1);
  return {
    west: Math.max(WORLD.west, west - marginDegrees),
    south: Math.max(WORLD.south, south - marginDegrees),
    east: Math.min(WORLD.east, east + marginDegrees),
    north: Math.min(WORLD.north, north + marginDegrees),
  };
}

function span(clusters: Clusters, axis: 0 | 1): [low: number, high: number] {
  const places = clusters.features
    .map(({ geometry, properties }) => ({
      at: geometry.coordinates[axis] ?? 0,
      count: properties.count,
    }))
    .sort((one, other) => one.at - other.at);
  const spare = BEYOND * places.reduce((sum, { count }) => sum + count, 0);
  return [firstBeyond(places, spare), firstBeyond(places.toReversed(), spare)];
}

function firstBeyond(places: readonly { at: number; count: number }[], spare: number): number {
  let passed = 0;
  for (const { at, count } of places) {
    passed += count;
    if (passed > spare) return at;
  }
  return places.at(-1)?.at ?? 0;
}
