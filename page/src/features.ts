/** Answers of the API, as the map draws them. */
import type { Feature, FeatureCollection, Point } from "geojson";
import type { Clusters, Station, StationFeatures } from "./api";
import { shortCount, wholeKw } from "./format";
import { type PowerClass, powerClass } from "./power";

export type Availability = "free" | "taken" | "unknown";

/** Flat, since MapLibre hands nested properties back as text. */
export interface DrawnProperties {
  readonly kind: "cluster" | "station";
  readonly count: number;
  /** The count as a cluster shows it. */
  readonly label: string;
  /** Public id; empty for a cluster. */
  readonly id: string;
  readonly power: PowerClass;
  /** Whole kW to write on the marker; empty where unknown. */
  readonly kw: string;
  readonly availability: Availability;
  readonly synthetic: boolean;
}

export type Drawn = FeatureCollection<Point, DrawnProperties>;

export const NOTHING_DRAWN: Drawn = { type: "FeatureCollection", features: [] };

export function fromClusters(clusters: Clusters): Drawn {
  return collection(
    clusters.features.map(({ geometry, properties }) =>
      drawn(geometry, {
        kind: properties.cluster ? "cluster" : "station",
        count: properties.count,
        id: properties.id ?? "",
        synthetic: properties.synthetic ?? false,
        max_power_kw: properties.max_power_kw,
        available_count: properties.available_count,
      }),
    ),
  );
}

export function fromStations(stations: StationFeatures): Drawn {
  return collection(
    stations.features.map(({ geometry, properties }) =>
      drawn(geometry, { ...properties, kind: "station", count: 1 }),
    ),
  );
}

/** One station, to be drawn though it may be part of a cluster. */
export function fromStation(
  station: Pick<Station, "id" | "latitude" | "longitude" | "max_power_kw" | "available_count" | "synthetic">,
): Drawn {
  const geometry: Point = { type: "Point", coordinates: [station.longitude, station.latitude] };
  return collection([drawn(geometry, { ...station, kind: "station", count: 1 })]);
}

export function availability(availableCount: number | null): Availability {
  if (availableCount === null) return "unknown";
  return availableCount > 0 ? "free" : "taken";
}

interface Facts {
  readonly kind: DrawnProperties["kind"];
  readonly count: number;
  readonly id: string;
  readonly synthetic: boolean;
  readonly max_power_kw: number | null;
  readonly available_count: number | null;
}

function drawn(geometry: Point, facts: Facts): Feature<Point, DrawnProperties> {
  return {
    type: "Feature",
    geometry,
    properties: {
      kind: facts.kind,
      count: facts.count,
      label: shortCount(facts.count),
      id: facts.id,
      power: powerClass(facts.max_power_kw),
      kw: facts.max_power_kw === null ? "" : wholeKw(facts.max_power_kw),
      availability: availability(facts.available_count),
      synthetic: facts.synthetic,
    },
  };
}

function collection(features: Feature<Point, DrawnProperties>[]): Drawn {
  return { type: "FeatureCollection", features };
}
