/** How stations look on the map, whether they come in tiles or in an answer of the API. */
import type {
  DataDrivenPropertyValueSpecification,
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
  SymbolLayerSpecification,
} from "maplibre-gl";
import { FAST_FROM_KW, ULTRA_FROM_KW } from "../power";
import type { Colours } from "./colours";
import { markerName } from "./markers";
import { besideLayers, routeLayers } from "./route-layers";
import { SOURCE } from "./sources";

/** Layers that answer a click, top first. */
export const TOUCHED_LAYERS = [
  "beside-stations",
  "beside-dots",
  "tiles-stations",
  "tiles-clusters",
  "drawn-stations",
  "drawn-clusters",
];

/** Of our tiles. */
const TILE_LAYER = "stations";

const HAS_POWER: ExpressionSpecification = ["has", "max_power_kw"];
const POWER_KW: ExpressionSpecification = ["get", "max_power_kw"];

/** The words of `powerClass`. */
const POWER: ExpressionSpecification = [
  "case",
  ["!", HAS_POWER],
  "unknown",
  ["step", POWER_KW, "normal", FAST_FROM_KW, "fast", ULTRA_FROM_KW, "ultra"],
];

/** The words of `availability`. */
const AVAILABILITY: ExpressionSpecification = [
  "case",
  ["!", ["has", "available"]],
  "unknown",
  [">", ["get", "available"], 0],
  "free",
  "taken",
];

/** No room for decimals; small powers keep their meaning. */
const WHOLE_KW: ExpressionSpecification = [
  "case",
  ["!", HAS_POWER],
  "",
  ["<", POWER_KW, 10],
  ["to-string", ["/", ["round", ["*", POWER_KW, 10]], 10]],
  ["to-string", ["round", POWER_KW]],
];

const COUNT: ExpressionSpecification = ["get", "count"];

/** "1.2k": for a circle on the map. */
const SHORT_COUNT: ExpressionSpecification = [
  "case",
  ["<", COUNT, 1000],
  ["to-string", COUNT],
  ["<", COUNT, 10_000],
  ["concat", ["to-string", ["/", ["round", ["/", COUNT, 100]], 10]], "k"],
  ["concat", ["to-string", ["round", ["/", COUNT, 1000]]], "k"],
];

const CLUSTER_RADIUS: DataDrivenPropertyValueSpecification<number> = [
  "interpolate",
  ["linear"],
  ["log10", ["max", 1, COUNT]],
  0.3,
  13,
  2,
  18,
  5,
  30,
];

/** Where not all marks find room. */
const STRONGEST_FIRST: ExpressionSpecification = ["case", HAS_POWER, ["-", POWER_KW], 1];

const MARK: NonNullable<SymbolLayerSpecification["layout"]> = {
  "icon-image": markerName(POWER, AVAILABILITY, WHOLE_KW),
  "icon-allow-overlap": true,
  "icon-padding": 0,
};

/** Below all stations: the planned route. Above: what was chosen, and where the visitor is. */
export function ownLayers(colours: Colours, font: string[]): LayerSpecification[] {
  return [
    ...routeLayers(colours, font),
    ...stationLayers("drawn", colours, font),
    ...stationLayers("tiles", colours, font),
    ...besideLayers(colours, MARK, STRONGEST_FIRST),
    {
      id: "selected",
      type: "circle",
      source: SOURCE.selected,
      paint: {
        "circle-radius": 24,
        "circle-color": colours.selected,
        "circle-opacity": 0.3,
        "circle-stroke-color": colours.selected,
        "circle-stroke-width": 3,
      },
    },
    { id: "selected-mark", type: "symbol", source: SOURCE.selected, layout: MARK },
    {
      id: "here",
      type: "circle",
      source: SOURCE.here,
      paint: {
        "circle-radius": 7,
        "circle-color": "#1a73e8",
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 3,
      },
    },
  ];
}

/** Layers of one source of stations; those of the other are hidden. */
export function stationLayerIds(source: "tiles" | "drawn"): string[] {
  return ["clusters", "counts", "stations"].map((kind) => `${source}-${kind}`);
}

function stationLayers(
  source: "tiles" | "drawn",
  colours: Colours,
  font: string[],
): LayerSpecification[] {
  const from = { source, ...(source === "tiles" ? { "source-layer": TILE_LAYER } : {}) };
  const visibility = source === "tiles" ? "visible" : "none";
  const isCluster: FilterSpecification = [">", COUNT, 1];
  const [clusters = "", counts = "", stations = ""] = stationLayerIds(source);
  return [
    {
      id: clusters,
      type: "circle",
      ...from,
      filter: isCluster,
      layout: { visibility, "circle-sort-key": COUNT },
      paint: {
        "circle-radius": CLUSTER_RADIUS,
        "circle-color": colours.cluster,
        "circle-opacity": 0.92,
        "circle-stroke-color": colours.clusterEdge,
        "circle-stroke-width": 1.5,
      },
    },
    {
      id: counts,
      type: "symbol",
      ...from,
      filter: isCluster,
      layout: {
        visibility,
        "text-field": SHORT_COUNT,
        "text-font": font,
        "text-size": 12,
        "text-allow-overlap": true,
        // Names of towns keep clear of the circle.
        "text-padding": 10,
        "symbol-sort-key": COUNT,
      },
      paint: { "text-color": colours.clusterText },
    },
    {
      id: stations,
      type: "symbol",
      ...from,
      filter: ["==", COUNT, 1],
      layout: {
        ...MARK,
        visibility,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 3, 0.72, 12, 1],
        // The strongest stations lie on top.
        "symbol-sort-key": ["case", HAS_POWER, POWER_KW, -1],
      },
    },
  ];
}
