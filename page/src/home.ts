/** Where the page begins when its address does not say: around all that the catalogue has. */
import { askClusters, type Clusters } from "./api";
import { NO_FILTERS } from "./filters";
import { type Box, WORLD } from "./view";

const ZOOM = 3;
/** Share of the stations that may lie beyond each edge, so that one island does not rule. */
const BEYOND = 0.01;
const MARGIN_DEGREES = 1;

/** A box around nearly all stations; `null` for an empty catalogue. */
export async function findHome(signal: AbortSignal): Promise<Box | null> {
  return homeBox(await askClusters(WORLD, ZOOM, NO_FILTERS, signal));
}

export function homeBox(clusters: Clusters): Box | null {
  if (clusters.features.length === 0) return null;
  const [west, east] = span(clusters, 0);
  const [south, north] = span(clusters, 1);
  return {
    west: Math.max(WORLD.west, west - MARGIN_DEGREES),
    south: Math.max(WORLD.south, south - MARGIN_DEGREES),
    east: Math.min(WORLD.east, east + MARGIN_DEGREES),
    north: Math.min(WORLD.north, north + MARGIN_DEGREES),
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
