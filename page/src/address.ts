/**
 * The page's state in the address, so that a link shows what its sender saw:
 * `#map=12.50/48.8566/2.3522&connector=ccs2&power=50&station=demo:17`.
 */
import { type Filters, filterParts, NO_FILTERS, readFilters } from "./filters";
import { MAX_LATITUDE, shortened, type View, wrapped } from "./view";

/** What the panel beside the map may show; the first one needs no word in the address. */
export const PANELS = ["stations", "route", "favorites"] as const;
export type Panel = (typeof PANELS)[number];

export interface Address {
  /** `null`: none was given; the page then shows all that it has. */
  readonly view: View | null;
  readonly filters: Filters;
  readonly stationId: string | null;
  readonly panel: Panel;
  /** The planned route, as its planner writes it. */
  readonly route: string | null;
}

export const EMPTY_ADDRESS: Address = {
  view: null,
  filters: NO_FILTERS,
  stationId: null,
  panel: "stations",
  route: null,
};

const MAX_ZOOM = 22;

/** Reads an address; what cannot be read is left out, never an error. */
export function readAddress(hash: string): Address {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  return {
    view: readView(parts.get("map")),
    filters: readFilters(parts),
    stationId: parts.get("station") || null,
    panel: PANELS.find((panel) => panel === parts.get("panel")) ?? "stations",
    route: parts.get("route") || null,
  };
}

export function writeAddress({ view, filters, stationId, panel, route }: Address): string {
  const parts: string[] = [];
  if (view !== null) {
    const decimals = Math.max(2, Math.ceil(view.zoom / 3) + 1);
    const place = [shortened(view.latitude, decimals), shortened(view.longitude, decimals)];
    parts.push(`map=${shortened(view.zoom, 2)}/${place.join("/")}`);
  }
  parts.push(...filterParts(filters));
  if (stationId !== null) parts.push(`station=${encodeURIComponent(stationId)}`);
  if (panel !== "stations") parts.push(`panel=${panel}`);
  if (route !== null) parts.push(`route=${encodeURIComponent(route)}`);
  return parts.length > 0 ? `#${parts.join("&")}` : "";
}

function readView(text: string | null): View | null {
  const [zoomText, latitudeText, longitudeText, ...rest] = (text ?? "").split("/");
  const zoom = numberIn(zoomText, 0, MAX_ZOOM);
  const latitude = numberIn(latitudeText, -MAX_LATITUDE, MAX_LATITUDE);
  const longitude = numberIn(longitudeText, -540, 540);
  if (zoom === null || latitude === null || longitude === null || rest.length > 0) return null;
  return { zoom, latitude, longitude: wrapped(longitude) };
}

function numberIn(text: string | null | undefined, low: number, high: number): number | null {
  if (text === null || text === undefined || text.trim() === "") return null;
  const value = Number(text);
  return value >= low && value <= high ? value : null;
}
