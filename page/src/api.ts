/** What the page asks the server, and the shapes of its answers. */
import type { FeatureCollection, Point } from "geojson";
import { addFilters, type Filters } from "./filters";
import { bboxOf, type Box, clusterZoom, shortened, type View } from "./view";

export interface ConnectorCount {
  readonly standard: string | null;
  readonly max_power_kw: number | null;
  readonly count: number;
}

/** A station as every list of the API shows it. */
export interface Station {
  readonly id: string;
  readonly name: string | null;
  readonly address: {
    readonly street: string | null;
    readonly postal_code: string | null;
    readonly city: string | null;
    readonly state: string | null;
  };
  readonly country: string | null;
  readonly latitude: number;
  readonly longitude: number;
  readonly operator: string | null;
  readonly access: string | null;
  readonly open_24_7: boolean | null;
  readonly evse_count: number;
  readonly available_count: number | null;
  readonly status_updated_at: string | null;
  readonly max_power_kw: number | null;
  readonly connectors: readonly ConnectorCount[];
  readonly source: string;
  readonly licence: string;
  readonly attribution: string;
  readonly updated_at: string;
  readonly synthetic: boolean;
  /** From the point of the search, where there was one. */
  readonly distance_m?: number;
}

/** The answer for a single station: its bays instead of a summary of their connectors. */
export interface StationDetail extends Omit<Station, "connectors" | "distance_m"> {
  readonly evses: readonly Evse[];
  readonly opening_hours: string | null;
  readonly opening_text: string | null;
  readonly price_text: string | null;
  readonly payments: readonly string[];
  readonly phone: string | null;
  readonly url: string | null;
  readonly source_url: string | null;
  readonly last_verified_at: string | null;
}

/** A bay that charges one car at a time. */
export interface Evse {
  readonly status: string;
  readonly power_level: string | null;
  readonly connectors: readonly Connector[];
}

export interface Connector {
  readonly standard: string | null;
  /** The source's own word, where the standard is not known. */
  readonly source_word: string | null;
  readonly max_power_kw: number | null;
}

export interface ClusterProperties {
  readonly count: number;
  readonly max_power_kw: number | null;
  readonly available_count: number | null;
  /** Of a single station. */
  readonly id?: string;
  readonly name?: string | null;
  readonly synthetic?: boolean;
}

export type Clusters = FeatureCollection<Point, ClusterProperties>;

/** One publisher of stations, and what it asks to be said beside them. */
export interface Source {
  readonly source: string;
  readonly feed: string;
  readonly title: string;
  readonly homepage_url: string | null;
  readonly licence: string;
  readonly attribution: string;
  readonly station_count: number;
  readonly synthetic: boolean;
}

/** Somewhere to go to; coordinates have neither country nor inhabitants. */
export interface NamedPlace {
  readonly name: string;
  readonly country: string | null;
  readonly latitude: number;
  readonly longitude: number;
  readonly population: number | null;
}

/** Why there is no answer; `detail` is the server's own sentence, where it sent one. */
export class ApiError extends Error {
  constructor(
    readonly reason: "unreachable" | "refused" | "missing",
    readonly detail: string | null = null,
  ) {
    super(detail ?? reason);
  }
}

/** Stations in the list beside the map. */
export const MAX_LISTED = 50;

const TIMEOUT_MS = 15_000;

export function askClusters(box: Box, zoom: number, filters: Filters, signal: AbortSignal) {
  const query = new URLSearchParams({ bbox: bboxOf(box), zoom: String(clusterZoom(zoom)) });
  addFilters(query, filters);
  return ask<Clusters>("api/v1/stations/clusters", query, signal);
}

export function askStationsNear(
  centre: View,
  radiusKm: number,
  filters: Filters,
  signal: AbortSignal,
) {
  const query = new URLSearchParams({
    latitude: shortened(centre.latitude, 6),
    longitude: shortened(centre.longitude, 6),
    radius_km: String(radiusKm),
    limit: String(MAX_LISTED),
  });
  addFilters(query, filters);
  return ask<{ items: Station[] }>("api/v1/stations", query, signal);
}

export function askStation(id: string, signal: AbortSignal) {
  return ask<StationDetail>(`api/v1/stations/${encodeURIComponent(id)}`, null, signal);
}

export function askSources(signal: AbortSignal) {
  return ask<{ items: Source[] }>("api/v1/sources", null, signal);
}

/** What the operator of this server set for its map. */
export interface MapConfig {
  readonly style_url: string | null;
  readonly router: "osrm" | "great-circle";
}

export function askMapConfig(signal: AbortSignal) {
  return ask<MapConfig>("map/config.json", null, signal);
}

export function askOperators(signal: AbortSignal) {
  return ask<{ items: { readonly name: string }[] }>("api/v1/operators", null, signal);
}

export function askPlaces(text: string, most: number, signal: AbortSignal) {
  const query = new URLSearchParams({ q: text, limit: String(most) });
  return ask<{ items: NamedPlace[] }>("api/v1/places", query, signal);
}

/**
 * Asks the server that this page came from.
 *
 * Throws `ApiError`; a request that its caller gave up throws the signal's reason instead.
 */
async function ask<Answer>(
  path: string,
  query: URLSearchParams | null,
  signal: AbortSignal,
): Promise<Answer> {
  const address = new URL(path, document.baseURI);
  if (query !== null) address.search = query.toString();
  let response: Response;
  try {
    const limits = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    response = await fetch(address, { signal: limits });
    if (response.ok) return (await response.json()) as Answer;
  } catch {
    signal.throwIfAborted();
    throw new ApiError("unreachable");
  }
  const isMissing = response.status === 404 || response.status === 410;
  throw new ApiError(isMissing ? "missing" : "refused", await problemDetail(response));
}

async function problemDetail(response: Response): Promise<string | null> {
  try {
    const problem: unknown = await response.json();
    const detail = (problem as { detail?: unknown } | null)?.detail;
    return typeof detail === "string" ? detail : null;
  } catch {
    return null;
  }
}
