/** Our vector tiles on the map: the stations that pass the filters. */
import type { Map as MapLibre, VectorSourceSpecification, VectorTileSource } from "maplibre-gl";
import { addFilters, type Filters, NO_FILTERS } from "../filters";
import { STATION_TILES } from "./sources";

/** From here on each station is in its tile by itself: closer tiles would tell no more. */
const LARGEST_ZOOM = 14;
/** What a style begins with. */
const ALL_STATIONS = addressOf(NO_FILTERS);

export class StationTiles {
  readonly #map: MapLibre;
  #address = ALL_STATIONS;

  constructor(map: MapLibre) {
    this.#map = map;
  }

  /** Whether that takes other tiles than before. */
  filter(filters: Filters): boolean {
    const address = addressOf(filters);
    if (address === this.#address) return false;
    this.#address = address;
    this.#ask();
    return true;
  }

  /** After a style opened, which begins with all stations. */
  restore(): void {
    if (this.#address !== ALL_STATIONS) this.#ask();
  }

  #ask(): void {
    const source = this.#map.getSource<VectorTileSource>(STATION_TILES);
    if (source === undefined) return;
    // MapLibre never asks again for a tile that was under way: the old filters would stay on it.
    if (this.#map.isSourceLoaded(STATION_TILES)) source.setTiles([this.#address]);
    else this.#replace();
  }

  #replace(): void {
    const { layers } = this.#map.getStyle();
    const ours = layers.filter((layer) => "source" in layer && layer.source === STATION_TILES);
    const above = layers[layers.findLastIndex((layer) => ours.includes(layer)) + 1];
    for (const { id } of ours) this.#map.removeLayer(id);
    this.#map.removeSource(STATION_TILES);
    this.#map.addSource(STATION_TILES, stationTiles(this.#address));
    for (const layer of ours) this.#map.addLayer(layer, above?.id);
  }
}

export function stationTiles(address = ALL_STATIONS): VectorSourceSpecification {
  return { type: "vector", tiles: [address], maxzoom: LARGEST_ZOOM };
}

function addressOf(filters: Filters): string {
  const query = new URLSearchParams();
  addFilters(query, filters);
  const folder = new URL("tiles/stations/", document.baseURI).href;
  return `${folder}{z}/{x}/{y}.mvt${query.size > 0 ? `?${query}` : ""}`;
}
