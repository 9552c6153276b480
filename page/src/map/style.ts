/** How the map looks: our own style over our own data, without any other host. */
import type {
  DataDrivenPropertyValueSpecification,
  FilterSpecification,
  LayerSpecification,
  StyleSpecification,
  SymbolLayerSpecification,
} from "maplibre-gl";
import { POWER_CLASSES } from "../power";
import { markerName } from "./markers";

export type Theme = "light" | "dark";

/** Sources that are filled while the page runs. */
export const SOURCE = {
  land: "land",
  borders: "borders",
  largeTowns: "large-towns",
  smallTowns: "small-towns",
  route: "route",
  drawn: "drawn",
  selected: "selected",
  here: "here",
} as const;

/** Layers that answer a click, top first. */
export const STATION_LAYER = "stations";
export const CLUSTER_LAYER = "clusters";

/** Closer, tiles of this zoom are stretched: the coast has no more to tell. */
const LAND_TILES_TO_ZOOM = 8;

const FONT = ["Inter Variable"];

interface Colours {
  readonly water: string;
  readonly land: string;
  readonly coast: string;
  readonly border: string;
  readonly town: string;
  readonly townHalo: string;
  readonly cluster: string;
  readonly clusterEdge: string;
  readonly clusterText: string;
  readonly selected: string;
}

const COLOURS: Record<Theme, Colours> = {
  light: {
    water: "#cfdfe8",
    land: "#f6f4ee",
    coast: "#9fb6c4",
    border: "#c3bcae",
    town: "#57606a",
    townHalo: "#f6f4ee",
    cluster: "#17324a",
    clusterEdge: "#ffffff",
    clusterText: "#ffffff",
    selected: "#d9480f",
  },
  dark: {
    water: "#0b1218",
    land: "#1b252e",
    coast: "#33475a",
    border: "#42525f",
    town: "#a3b1bd",
    townHalo: "#1b252e",
    cluster: "#dfe9f1",
    clusterEdge: "#0b1218",
    clusterText: "#10202e",
    selected: "#ff9f5a",
  },
};

/** The smallest town that is named at a zoom, by inhabitants. */
const LARGE_ENOUGH: FilterSpecification = [
  ">=",
  ["get", "population"],
  ["step", ["zoom"], 4e6, 3, 2e6, 4, 1e6, 5, 5e5, 6, 2e5, 7, 1e5, 8, 5e4, 9, 0],
];

const CLUSTER_RADIUS: DataDrivenPropertyValueSpecification<number> = [
  "interpolate",
  ["linear"],
  ["log10", ["max", 1, ["get", "count"]]],
  0.3,
  13,
  2,
  18,
  5,
  30,
];

const MARK: NonNullable<SymbolLayerSpecification["layout"]> = {
  "icon-image": markerName(["get", "power"], ["get", "availability"], ["get", "kw"]),
  "icon-allow-overlap": true,
  "icon-padding": 0,
};

export function mapStyle(theme: Theme): StyleSpecification {
  const empty = { type: "FeatureCollection" as const, features: [] };
  return {
    version: 8,
    sources: Object.fromEntries(
      Object.values(SOURCE).map((name) => [
        name,
        { type: "geojson", data: empty, ...(isLand(name) ? { maxzoom: LAND_TILES_TO_ZOOM } : {}) },
      ]),
    ),
    layers: [...baseLayers(COLOURS[theme]), ...stationLayers(COLOURS[theme])],
  };
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

function stationLayers(colours: Colours): LayerSpecification[] {
  const isCluster: FilterSpecification = ["==", ["get", "kind"], "cluster"];
  return [
    {
      id: "route",
      type: "line",
      source: SOURCE.route,
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": colours.selected, "line-width": 4, "line-opacity": 0.75 },
    },
    {
      id: CLUSTER_LAYER,
      type: "circle",
      source: SOURCE.drawn,
      filter: isCluster,
      layout: { "circle-sort-key": ["get", "count"] },
      paint: {
        "circle-radius": CLUSTER_RADIUS,
        "circle-color": colours.cluster,
        "circle-opacity": 0.92,
        "circle-stroke-color": colours.clusterEdge,
        "circle-stroke-width": 1.5,
      },
    },
    {
      id: "cluster-counts",
      type: "symbol",
      source: SOURCE.drawn,
      filter: isCluster,
      layout: {
        "text-field": ["get", "label"],
        "text-font": FONT,
        "text-size": 12,
        "text-allow-overlap": true,
        // Names of towns keep clear of the circle.
        "text-padding": 10,
        "symbol-sort-key": ["get", "count"],
      },
      paint: { "text-color": colours.clusterText },
    },
    {
      id: STATION_LAYER,
      type: "symbol",
      source: SOURCE.drawn,
      filter: ["==", ["get", "kind"], "station"],
      layout: {
        ...MARK,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 3, 0.72, 12, 1],
        // The strongest stations lie on top.
        "symbol-sort-key": ["index-of", ["get", "power"], ["literal", [...POWER_CLASSES]]],
      },
    },
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
