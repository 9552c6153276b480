/** Where stations are, for a view too wide to name single ones. */
import type { Drawn } from "./features";
import type { Towns } from "./towns";
import { type Box, contains, distanceKm, type View } from "./view";

export interface Area {
  readonly count: number;
  readonly latitude: number;
  readonly longitude: number;
  /** The largest town near by; `null` where none is near or none is known. */
  readonly town: string | null;
}

/** Below this zoom the list names areas, above it stations. */
export const STATIONS_LISTED_FROM_ZOOM = 7;

const MOST_AREAS = 12;
/** How far a town may be from a cluster that is named after it, at zoom 0. */
const NEAR_KM = 6000;
const NEAR_KM_MOST = 400;

/** The clusters in a box with the most stations. */
export function largestAreas(
  drawn: Drawn,
  { view, box }: { readonly view: View; readonly box: Box },
  towns: Towns | null,
): Area[] {
  const nearKm = Math.min(NEAR_KM_MOST, NEAR_KM / 2 ** view.zoom);
  // The largest area is named first; no town names two.
  const named = new Set<string>();
  return drawn.features
    .map(({ geometry: { coordinates }, properties: { count } }) => ({
      count,
      latitude: coordinates[1] ?? 0,
      longitude: coordinates[0] ?? 0,
    }))
    .filter(({ latitude, longitude }) => contains(box, latitude, longitude))
    .sort((one, other) => other.count - one.count)
    .slice(0, MOST_AREAS)
    .map((area) => {
      const town = largestTown(area, nearKm, towns, named);
      if (town !== null) named.add(town);
      return { ...area, town };
    });
}

function largestTown(
  place: { readonly latitude: number; readonly longitude: number },
  nearKm: number,
  towns: Towns | null,
  named: ReadonlySet<string>,
): string | null {
  const found = towns?.features.find(({ geometry: { coordinates }, properties: { name } }) => {
    if (named.has(name)) return false;
    const [longitude = 0, latitude = 0] = coordinates;
    return distanceKm(place, { latitude, longitude }) <= nearKm;
  });
  return found?.properties.name ?? null;
}
