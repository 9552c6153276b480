/** Stations as the map draws them: what our vector tiles hold, out of answers of the API. */
import type { Feature, FeatureCollection, Point } from "geojson";
import type { Clusters, Station } from "./api";

export type Availability = "free" | "taken" | "unknown";

/** Members of a feature of `/tiles/stations`; those that are not known are absent, not null. */
export interface DrawnProperties {
  /** 1: a station by itself. */
  readonly count: number;
  readonly synthetic: boolean;
  readonly max_power_kw?: number;
  /** Free bays. */
  readonly available?: number;
  /** Public id; absent for a cluster. */
  readonly id?: string;
}

export type Drawn = FeatureCollection<Point, DrawnProperties>;

export const NOTHING_DRAWN: Drawn = { type: "FeatureCollection", features: [] };

export function fromClusters(clusters: Clusters): Drawn {
  return collection(
    clusters.features.map(({ geometry, properties }) =>
      drawn(geometry, properties.count, properties, properties.id),
    ),
  );
}

/** One station, to be drawn though it may be part of a cluster. */
export function fromStation(
  station: Facts & Pick<Station, "id" | "latitude" | "longitude">,
): Drawn {
  const geometry: Point = { type: "Point", coordinates: [station.longitude, station.latitude] };
  return collection([drawn(geometry, 1, station, station.id)]);
}

/** Stations by themselves, however close they are to each other. */
export function fromStations(stations: readonly Parameters<typeof fromStation>[0][]): Drawn {
  return collection(stations.flatMap((station) => fromStation(station).features));
}

export function availability(availableCount: number | null): Availability {
  if (availableCount === null) return "unknown";
  return availableCount > 0 ? "free" : "taken";
}

interface Facts {
  readonly synthetic?: boolean;
  readonly max_power_kw: number | null;
  readonly available_count: number | null;
}

function drawn(
  geometry: Point,
  count: number,
  { synthetic, max_power_kw, available_count }: Facts,
  id?: string,
): Feature<Point, DrawnProperties> {
  return {
    type: "Feature",
    geometry,
    properties: {
      count,
      synthetic: synthetic ?? false,
      ...(max_power_kw === null ? {} : { max_power_kw }),
      ...(available_count === null ? {} : { available: available_count }),
      ...(id === undefined ? {} : { id }),
    },
  };
}

function collection(features: Feature<Point, DrawnProperties>[]): Drawn {
  return { type: "FeatureCollection", features };
}
