/** The map itself: MapLibre, told in the page's own words. */
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import {
  type GeoJSONSource,
  Map as MapLibre,
  type MapGeoJSONFeature,
  type MapMouseEvent,
  type PaddingOptions,
  setWorkerUrl,
} from "maplibre-gl";
import type { FeatureCollection } from "geojson";
import { type Drawn, NOTHING_DRAWN } from "../features";
import type { Filters } from "../filters";
import { t } from "../i18n";
import { type Box, type View, wrapped } from "../view";
import { drawMark, MARK_PIXEL_RATIO, readMark } from "./markers";
import { boxOf, viewOf } from "./camera";
import type { Theme } from "./colours";
import { Ground } from "./ground";
import { fadeMs } from "./motion";
import { type Pin, Pins } from "./pins";
import { SOURCE, STATION_TILES } from "./sources";
import { stationLayerIds, TOUCHED_LAYERS } from "./station-layers";
import { StationTiles } from "./station-tiles";
import { mapStyle, upon } from "./style";

setWorkerUrl(workerUrl);

export interface MapEvents {
  /** The map came to rest somewhere. */
  readonly onView: (view: View, box: Box) => void;
  readonly onStation: (id: string) => void;
  /** A pointer is over the mark of a station; `null`: no more. */
  readonly onPoint: (id: string | null) => void;
  /** All that the map was given is on the screen. */
  readonly onIdle: () => void;
  readonly onMoveStart: () => void;
}

type Place = Pick<View, "latitude" | "longitude">;

/** Half the side, in pixels, of the square around a finger that counts as touched. */
const TOUCH_PX = 10;
const STATION_ZOOM = 14;
/** From here on the ring around a station tells well enough where it is. */
const RING_FROM_ZOOM = 10;
const CLUSTER_STEP = 2.5;
const NOWHERE: View = { latitude: 25, longitude: 10, zoom: 1.2 };

export class StationMap {
  readonly #map: MapLibre;
  /** By source; kept because the style opens later than the first data may come. */
  readonly #contents = new Map<string, GeoJSON.GeoJSON | string>();
  readonly #tiles: StationTiles;
  #theme: Theme;
  /** Where stations come from while no route is shown. */
  #source: "tiles" | "drawn" = "tiles";
  #isRouted = false;
  readonly #ground: Ground;
  readonly #pins: Pins;
  #onPlace: ((place: Place) => void) | null = null;

  /** Throws where the browser has no WebGL. */
  constructor(container: HTMLElement, start: View | null, theme: Theme, events: MapEvents) {
    const { latitude, longitude, zoom } = start ?? NOWHERE;
    this.#map = new MapLibre({
      container,
      style: mapStyle(theme),
      center: [longitude, latitude],
      zoom,
      minZoom: 0,
      maxZoom: 20,
      attributionControl: false,
      fadeDuration: fadeMs(),
      dragRotate: false,
      pitchWithRotate: false,
      locale: { "Map.Title": `${t("map.name")}. ${t("map.keys")}` },
    });
    this.#theme = theme;
    this.#tiles = new StationTiles(this.#map);
    this.#pins = new Pins(this.#map);
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#ground = new Ground((source, data) => this.#fill(source, data));
    this.#listen(events);
    // Where a link leads is known before anything is drawn: its stations need not wait for that.
    if (start !== null) this.#tellView(events);
  }

  /** Stations that are drawn where their tiles cannot be had. */
  draw(drawn: Drawn): void {
    this.#fill(SOURCE.drawn, drawn);
  }

  /** Shows in tiles what passes the filters. */
  filter(filters: Filters): void {
    if (this.#tiles.filter(filters)) this.#showFrom(STATION_TILES);
  }

  /** Puts a base map of the operator's under the stations; ours stays if theirs is away. */
  replaceBase(styleUrl: string): void {
    this.#map.setStyle(styleUrl, { transformStyle: (_before, base) => upon(base, this.#theme) });
  }

  /** Rings a station; nothing for `NOTHING_DRAWN`. */
  select(drawn: Drawn): void {
    this.#fill(SOURCE.selected, drawn);
  }

  showHere(place: Place): void {
    const coordinates = [place.longitude, place.latitude];
    this.#fill(SOURCE.here, { type: "Point", coordinates });
  }

  /**
   * Draws a route (`ROUTE_PART` in the properties tells its parts apart) and, instead of all
   * stations, those beside it; `null` for stations while they are not known.
   */
  showRoute(route: FeatureCollection, beside: Drawn | null): void {
    this.#fill(SOURCE.route, route);
    this.#fill(SOURCE.beside, beside ?? NOTHING_DRAWN);
    this.#isRouted = beside !== null;
    this.#showStations();
  }

  showPins(pins: readonly Pin[]): void {
    this.#pins.show(pins);
  }

  /** Gives the next clicks to a listener instead of the stations; `null` ends that. */
  pickPlaces(onPlace: ((place: Place) => void) | null): void {
    this.#onPlace = onPlace;
    this.#map.getCanvas().style.cursor = onPlace ? "crosshair" : "";
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    for (const layer of mapStyle(theme).layers) {
      if (!this.#map.getLayer(layer.id)) continue;
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        this.#map.setPaintProperty(layer.id, name as never, value as never);
      }
    }
  }

  zoomBy(steps: number): void {
    this.#map.easeTo({ zoom: this.#map.getZoom() + steps });
  }

  moveTo(view: View): void {
    this.#map.easeTo({ center: [view.longitude, view.latitude], zoom: view.zoom });
  }

  jumpTo(view: View): void {
    this.#map.jumpTo({ center: [view.longitude, view.latitude], zoom: view.zoom });
  }

  /** Brings a station into sight; the map stays where it is if the station can be seen there. */
  reveal(place: Place): void {
    const zoom = this.#map.getZoom();
    if (this.isInSight(place) && zoom >= RING_FROM_ZOOM) return;
    this.moveTo({ ...place, zoom: Math.max(zoom, STATION_ZOOM) });
  }

  /** Jumps so that a box fills the screen, but for some pixels at its edges. */
  fit(box: Box, padding: number | PaddingOptions = 40): void {
    const east = box.east < box.west ? box.east + 360 : box.east;
    this.#map.fitBounds([box.west, box.south, east, box.north], {
      padding,
      maxZoom: 11,
      animate: false,
    });
  }

  isInSight(place: Place): boolean {
    return this.#map.getBounds().contains([place.longitude, place.latitude]);
  }

  remove(): void {
    this.#map.remove();
  }

  #tellView({ onView }: MapEvents): void {
    onView(viewOf(this.#map), boxOf(this.#map));
  }

  #listen(events: MapEvents): void {
    const map = this.#map;
    map.on("style.load", () => {
      for (const [source, data] of this.#contents) this.#fill(source, data);
      this.#tiles.restore();
      this.#showStations();
    });
    map.on("error", ({ error, ...event }) => {
      if ("sourceId" in event && event.sourceId === STATION_TILES) this.#showFrom("drawn");
      else console.warn(error.message);
    });
    map.on("movestart", events.onMoveStart);
    map.on("moveend", () => this.#tellView(events));
    map.on("idle", events.onIdle);
    // Stations first: they and the fine coast share MapLibre's workers.
    map.on("idle", () => this.#ground.refine(map.getZoom()));
    map.setMissingStyleImageResolver((name) => {
      const mark = readMark(name);
      if (mark) map.addImage(name, drawMark(mark), { pixelRatio: MARK_PIXEL_RATIO });
    });
    map.on("click", (event) => this.#choose(event, events));
    for (const layer of TOUCHED_LAYERS) {
      map.on("mouseenter", layer, ({ features }) => this.#point(features, events));
      map.on("mouseleave", layer, () => this.#point([], events));
    }
  }

  #point(features: readonly MapGeoJSONFeature[] = [], events: MapEvents): void {
    const id: unknown = features[0]?.properties["id"];
    if (this.#onPlace === null) this.#map.getCanvas().style.cursor = features[0] ? "pointer" : "";
    events.onPoint(typeof id === "string" ? id : null);
  }

  #choose(event: MapMouseEvent, events: MapEvents): void {
    if (this.#onPlace !== null) {
      this.#onPlace({ latitude: event.lngLat.lat, longitude: wrapped(event.lngLat.lng) });
      return;
    }
    const touched = this.#touched(event);
    if (touched === undefined || touched.geometry.type !== "Point") return;
    const [longitude = 0, latitude = 0] = touched.geometry.coordinates;
    const { id } = touched.properties;
    if (typeof id === "string") {
      events.onStation(id);
    } else {
      this.moveTo({ latitude, longitude, zoom: this.#map.getZoom() + CLUSTER_STEP });
    }
  }

  #touched({ point: { x, y } }: MapMouseEvent): MapGeoJSONFeature | undefined {
    const layers = TOUCHED_LAYERS;
    const [exact] = this.#map.queryRenderedFeatures([x, y], { layers });
    if (exact) return exact;
    const corners: [[number, number], [number, number]] = [
      [x - TOUCH_PX, y - TOUCH_PX],
      [x + TOUCH_PX, y + TOUCH_PX],
    ];
    return this.#map.queryRenderedFeatures(corners, { layers })[0];
  }

  #showFrom(source: "tiles" | "drawn"): void {
    this.#source = source;
    this.#showStations();
  }

  #showStations(): void {
    for (const source of ["tiles", "drawn"] as const) {
      const isShown = source === this.#source && !this.#isRouted;
      for (const layer of stationLayerIds(source)) {
        // The style opens later than a route may be known.
        if (!this.#map.getLayer(layer)) continue;
        this.#map.setLayoutProperty(layer, "visibility", isShown ? "visible" : "none");
      }
    }
  }

  /** Data itself, or where it is. */
  #fill(source: string, data: GeoJSON.GeoJSON | string): void {
    this.#contents.set(source, data);
    this.#map.getSource<GeoJSONSource>(source)?.setData(data);
  }
}
