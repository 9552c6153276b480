/** The base map's land and borders, of Natural Earth. */
import coarseLand from "world-atlas/countries-50m.json?url";
import fineLand from "world-atlas/countries-10m.json?url";
import type { MultiLineString } from "geojson";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";

export interface Land {
  readonly land: GeoJSON.GeoJSON;
  readonly borders: MultiLineString;
}

/** Scale 1 : 50 million is enough from afar; 1 : 10 million is three megabytes more. */
export async function loadLand(detail: "coarse" | "fine"): Promise<Land> {
  const response = await fetch(detail === "coarse" ? coarseLand : fineLand);
  if (!response.ok) throw new Error(`the base map is not there: ${response.status}`);
  const topology = (await response.json()) as Topology;
  const countries = topology.objects["countries"] as GeometryCollection | undefined;
  const land = topology.objects["land"];
  if (!countries || !land) throw new Error("the base map has no land in it");
  return {
    land: feature(topology, land),
    borders: mesh(topology, countries, (one, other) => one !== other),
  };
}
