/** How the map looks: our own style over our own data, without any other host. */
import type {
  FilterSpecification,
  GeoJSONSourceSpecification,
  LayerSpecification,
  StyleSpecification,
  TransitionSpecification,
} from "maplibre-gl";
import { type Colours, COLOURS, type Theme } from "./colours";
import { fadeMs } from "./motion";
import { SOURCE, STATION_TILES } from "./sources";
import { ownLayers } from "./station-layers";
import { stationTiles } from "./station-tiles";

/** Closer, tiles of this zoom are stretched: the coast has no more to tell. */
const LAND_TILES_TO_ZOOM = 8;

const FONT = ["Inter Variable"];

/** The smallest town that is named at a zoom, by inhabitants. */
const LARGE_ENOUGH: FilterSpecification = [
  ">=",
  ["get", "population"],
  ["step", ["zoom"], 4e6, 3, 2e6, 4, 1e6, 5, 5e5, 6, 2e5, 7, 1e5, 8, 5e4, 9, 0],
];

export function mapStyle(theme: Theme): StyleSpecification {
  return {
    version: 8,
    transition: transition(),
    sources: { ...filledSources(), [STATION_TILES]: stationTiles() },
    layers: [...baseLayers(COLOURS[theme]), ...ownLayers(COLOURS[theme], FONT)],
  };
}

/** The stations upon a base map of somebody else, whose font writes the counts. */
export function upon(base: StyleSpecification, theme: Theme): StyleSpecification {
  const ours = mapStyle(theme);
  return {
    ...base,
    transition: transition(),
    sources: { ...base.sources, ...ours.sources },
    layers: [...base.layers, ...ownLayers(COLOURS[theme], fontOf(base) ?? FONT)],
  };
}

function transition(): TransitionSpecification {
  return { duration: fadeMs(), delay: 0 };
}

function fontOf({ layers }: StyleSpecification): string[] | null {
  for (const layer of layers) {
    const font = layer.type === "symbol" ? layer.layout?.["text-font"] : undefined;
    if (isNames(font)) return font;
  }
  return null;
}

/** Names of fonts, not an expression that finds some. */
function isNames(font: unknown): font is string[] {
  return Array.isArray(font) && font.every((name) => typeof name === "string") && font[0] !== "get";
}

function filledSources(): Record<string, GeoJSONSourceSpecification> {
  const empty = { type: "FeatureCollection" as const, features: [] };
  return Object.fromEntries(
    Object.values(SOURCE).map((name) => [
      name,
      { type: "geojson", data: empty, ...(isLand(name) ? { maxzoom: LAND_TILES_TO_ZOOM } : {}) },
    ]),
  );
}

function isLand(source: string): boolean {
  return source === SOURCE.land || source === SOURCE.borders;
}

function baseLayers(colours: Colours): LayerSpecification[] {
  return [
    { id: "water", type: "background", paint: { "background-color": colours.water } },
    { id: "land", type: "fill", source: SOURCE.land, paint: { "fill-color": colours.land } },
    {
      id: "coast",
      type: "line",
      source: SOURCE.land,
      paint: { "line-color": colours.coast, "line-width": 0.8 },
    },
    {
      id: "borders",
      type: "line",
      source: SOURCE.borders,
      layout: { "line-join": "round" },
      paint: {
        "line-color": colours.border,
        "line-width": ["interpolate", ["linear"], ["zoom"], 2, 0.5, 8, 1.5],
      },
    },
    townLayer(SOURCE.smallTowns, colours),
    townLayer(SOURCE.largeTowns, colours),
  ];
}

function townLayer(source: string, colours: Colours): LayerSpecification {
  return {
    id: source,
    type: "symbol",
    source,
    filter: LARGE_ENOUGH,
    layout: {
      "text-field": ["get", "name"],
      "text-font": FONT,
      "text-size": [
        "interpolate",
        ["linear"],
        ["zoom"],
        3,
        ["step", ["get", "population"], 10, 3e6, 12],
        10,
        ["step", ["get", "population"], 12, 1e5, 14, 1e6, 17],
      ],
      "text-max-width": 8,
      "text-variable-anchor": ["center", "top", "bottom", "left", "right"],
      "text-radial-offset": 0.9,
      "text-padding": 12,
      "symbol-sort-key": ["-", ["get", "population"]],
    },
    paint: {
      "text-color": colours.town,
      "text-halo-color": colours.townHalo,
      "text-halo-width": 1.4,
    },
  };
}
