/** How a planned route and the stations beside it look. */
import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
  SymbolLayerSpecification,
} from "maplibre-gl";
import type { Colours } from "./colours";
import { SOURCE } from "./sources";

/** The property that tells the parts of a drawn route apart, and its words. */
export const ROUTE_PART = "part";
export type RoutePart = "reached" | "beyond" | "end-of-charge";

const ROUND = { "line-cap": "round", "line-join": "round" } as const;

/** Below all stations: where the charge reaches is drawn through, where it does not, dashed. */
export function routeLayers(colours: Colours, font: string[]): LayerSpecification[] {
  return [
    {
      id: "route-casing",
      type: "line",
      source: SOURCE.route,
      filter: ["!=", ["get", ROUTE_PART], "end-of-charge"],
      layout: ROUND,
      paint: { "line-color": colours.land, "line-width": 8 },
    },
    {
      id: "route",
      type: "line",
      source: SOURCE.route,
      filter: is("reached"),
      layout: ROUND,
      paint: { "line-color": colours.selected, "line-width": 4 },
    },
    {
      id: "route-beyond",
      type: "line",
      source: SOURCE.route,
      filter: is("beyond"),
      paint: { "line-color": colours.selected, "line-width": 4, "line-dasharray": [1, 1.2] },
    },
    {
      id: "end-of-charge",
      type: "circle",
      source: SOURCE.route,
      filter: is("end-of-charge"),
      paint: {
        "circle-radius": 7,
        "circle-color": colours.land,
        "circle-stroke-color": colours.selected,
        "circle-stroke-width": 4,
      },
    },
    {
      id: "end-of-charge-label",
      type: "symbol",
      source: SOURCE.route,
      filter: is("end-of-charge"),
      layout: {
        "text-field": ["get", "label"],
        "text-font": font,
        "text-size": 13,
        "text-variable-anchor": ["left", "right", "top", "bottom"],
        "text-radial-offset": 1.2,
        "text-justify": "auto",
        "text-allow-overlap": true,
      },
      paint: {
        "text-color": colours.cluster,
        "text-halo-color": colours.land,
        "text-halo-width": 2,
      },
    },
  ];
}

/** A dot for each station; its mark where there is room, the strongest first. */
export function besideLayers(
  colours: Colours,
  mark: NonNullable<SymbolLayerSpecification["layout"]>,
  strongestFirst: ExpressionSpecification,
): LayerSpecification[] {
  return [
    {
      id: "beside-dots",
      type: "circle",
      source: SOURCE.beside,
      paint: {
        "circle-radius": 4,
        "circle-color": colours.cluster,
        "circle-stroke-color": colours.clusterEdge,
        "circle-stroke-width": 1,
      },
    },
    {
      id: "beside-stations",
      type: "symbol",
      source: SOURCE.beside,
      layout: {
        ...mark,
        "icon-allow-overlap": false,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 3, 0.72, 12, 1],
        "symbol-sort-key": strongestFirst,
      },
    },
  ];
}

function is(part: RoutePart): FilterSpecification {
  return ["==", ["get", ROUTE_PART], part];
}
