/** Towns of GeoNames: names on the map, and places to go to. */
import type { FeatureCollection, Point } from "geojson";
import { countryName, folded } from "./format";

export interface TownProperties {
  readonly name: string;
  readonly country: string;
  readonly population: number;
}

export type Towns = FeatureCollection<Point, TownProperties>;

/** Large towns come with the page, the others when somebody looks closer. */
export type TownSize = "large" | "small";

/** Parallel lists: a quarter of the size of GeoJSON. Most inhabitants first. */
export interface TownLists {
  readonly names: readonly string[];
  readonly countries: readonly string[];
  readonly longitudes: readonly number[];
  readonly latitudes: readonly number[];
  readonly populations: readonly number[];
}

export interface TownMatch {
  /** With its country: "Paris, France". */
  readonly title: string;
  readonly latitude: number;
  readonly longitude: number;
}

const loads = new Map<TownSize, Promise<Towns>>();

/** Asks the server once; a failed load is tried again by the next caller. */
export function loadTowns(size: TownSize): Promise<Towns> {
  const known = loads.get(size);
  if (known) return known;
  const load = fetchTowns(size).catch((reason: unknown) => {
    loads.delete(size);
    throw reason;
  });
  loads.set(size, load);
  return load;
}

async function fetchTowns(size: TownSize): Promise<Towns> {
  const response = await fetch(new URL(`map/towns/${size}.json`, document.baseURI));
  if (!response.ok) throw new Error(`the towns are not there: ${response.status}`);
  return townFeatures((await response.json()) as TownLists);
}

export function townFeatures(towns: TownLists): Towns {
  return {
    type: "FeatureCollection",
    features: towns.names.map((name, at) => ({
      type: "Feature",
      geometry: {
        type: "Point",
        coordinates: [towns.longitudes[at] ?? 0, towns.latitudes[at] ?? 0],
      },
      properties: {
        name,
        country: towns.countries[at] ?? "",
        population: towns.populations[at] ?? 0,
      },
    })),
  };
}

/**
 * Towns whose name begins with a text, the given order kept; accents and case do not count.
 * A text with a country ("Paris, France") is compared with the title.
 */
export function findTowns(towns: readonly Towns[], text: string, most: number): TownMatch[] {
  const wanted = folded(text);
  const found: TownMatch[] = [];
  if (wanted === "") return found;
  const nameWanted = wanted.split(",", 1)[0] ?? wanted;
  for (const { features } of towns) {
    for (const { geometry, properties } of features) {
      if (!folded(properties.name).startsWith(nameWanted)) continue;
      const title = townTitle(properties);
      if (!folded(title).startsWith(wanted)) continue;
      const [longitude = 0, latitude = 0] = geometry.coordinates;
      found.push({ title, latitude, longitude });
      if (found.length === most) return found;
    }
  }
  return found;
}

function townTitle({ name, country }: TownProperties): string {
  return `${name}, ${countryName(country) ?? country}`;
}
