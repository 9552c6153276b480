/** GeoJSON sources of the map, filled while the page runs. */
export const SOURCE = {
  land: "land",
  borders: "borders",
  largeTowns: "large-towns",
  smallTowns: "small-towns",
  route: "route",
  beside: "beside",
  drawn: "drawn",
  selected: "selected",
  here: "here",
} as const;

/** The one that is not filled but asks for tiles. */
export const STATION_TILES = "tiles";
