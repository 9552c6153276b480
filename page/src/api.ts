/** What the page asks the server; all shapes are those of the API's own description. */
import type { FeatureCollection, Point } from "geojson";
import type { Api, ClusterProperties, LoneProperties } from "../generated/api";
import { conditions, type Filters } from "./filters";
import { addValues } from "./query";
import { answerOf, send } from "./send";
import { bboxOf, type Box, clusterZoom, shortened, type View } from "./view";

export type {
  /** A station as every list of the API shows it. */
  StationItem as Station,
  /** The answer for a single station: its bays instead of a summary of their connectors. */
  StationDetail,
  /** A bay that charges one car at a time. */
  EvseDetail as Evse,
  /** What the reports of a station said, by hour of its week. */
  BusyHours,
  /** One hour of that week. */
  BusyHour,
  /** One publisher of stations, and what it asks to be said beside them. */
  SourceReference as Source,
  /** Somewhere to go to; coordinates have neither country nor inhabitants. */
  PlaceItem as NamedPlace,
} from "../generated/api";

/** Stations close to each other as one, or a station by itself, which has an id. */
export type ClusterMark = Pick<
  ClusterProperties,
  "count" | "max_power_kw" | "available_count" | "synthetic"
> &
  Partial<Pick<LoneProperties, "id">>;

export type Clusters = FeatureCollection<Point, ClusterMark>;

/** Stations in the list beside the map. */
export const MAX_LISTED = 50;

export function askClusters(
  box: Box,
  zoom: number,
  filters: Filters,
  signal: AbortSignal,
): Promise<Clusters> {
  const query = { bbox: bboxOf(box), zoom: clusterZoom(zoom), ...conditions(filters) };
  return ask("GET /api/v1/stations/clusters", { path: {}, query }, signal) as Promise<Clusters>;
}

export function askStationsNear(
  centre: View,
  radiusKm: number,
  filters: Filters,
  signal: AbortSignal,
) {
  const query = {
    latitude: Number(shortened(centre.latitude, 6)),
    longitude: Number(shortened(centre.longitude, 6)),
    radius_km: radiusKm,
    limit: MAX_LISTED,
    ...conditions(filters),
  };
  return ask("GET /api/v1/stations", { path: {}, query }, signal);
}

export function askStation(id: string, signal: AbortSignal) {
  const path = { station_id: id };
  return ask("GET /api/v1/stations/{station_id}", { path, query: {} }, signal);
}

export function askBusyHours(id: string, signal: AbortSignal) {
  const path = { station_id: id };
  return ask("GET /api/v1/stations/{station_id}/busy-hours", { path, query: {} }, signal);
}

export function askSources(signal: AbortSignal) {
  return ask("GET /api/v1/sources", NOTHING, signal);
}

export function askOperators(signal: AbortSignal) {
  return ask("GET /api/v1/operators", NOTHING, signal);
}

export function askPlaces(text: string, most: number, signal: AbortSignal) {
  return ask("GET /api/v1/places", { path: {}, query: { q: text, limit: most } }, signal);
}

/** What the operator of this server set for its map; the page's own, so no part of the API. */
export interface MapConfig {
  readonly style_url: string | null;
  readonly router: "osrm" | "great-circle";
}

export function askMapConfig(signal: AbortSignal): Promise<MapConfig> {
  return get<MapConfig>("map/config.json", signal);
}

type Question = Extract<keyof Api, `GET ${string}`>;
type Details<Asked extends Question> = Pick<Api[Asked], "path" | "query">;

const NOTHING = { path: {}, query: {} };

/** Asks for what an operation of the API answers. Throws `ApiError` as `get` does. */
function ask<Asked extends Question>(
  operation: Asked,
  { path, query }: Details<Asked>,
  signal: AbortSignal,
): Promise<Api[Asked]["answer"]> {
  const parts = path as Readonly<Record<string, string>>;
  const address = operation
    .slice("GET /".length)
    .replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts[name] ?? ""));
  const search = new URLSearchParams();
  addValues(search, query);
  return get(search.size > 0 ? `${address}?${search}` : address, signal);
}

/** Throws `ApiError`; a request that its caller gave up throws the signal's reason instead. */
async function get<Answer>(address: string, signal: AbortSignal): Promise<Answer> {
  return answerOf(await send(new URL(address, document.baseURI).href, { signal }), signal);
}
