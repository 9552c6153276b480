/** Pins with a letter that may be dragged, by pointer or by arrow keys. */
import { type Map as MapLibre, Marker } from "maplibre-gl";
import { type View, wrapped } from "../view";

type Place = Pick<View, "latitude" | "longitude">;

export interface Pin extends Place {
  readonly letter: string;
  /** What a screen reader calls it. */
  readonly label: string;
  readonly onDrag: (place: Place) => void;
}

const COLOUR = "#d9480f";

export class Pins {
  readonly #map: MapLibre;
  readonly #markers: Marker[] = [];
  #pins: readonly Pin[] = [];

  constructor(map: MapLibre) {
    this.#map = map;
  }

  /** Pins that stay keep the focus. */
  show(pins: readonly Pin[]): void {
    this.#pins = pins;
    for (const marker of this.#markers.splice(pins.length)) marker.remove();
    pins.forEach(({ latitude, longitude, letter, label }, at) => {
      const known = this.#markers[at];
      const marker = (known ?? this.#made(at)).setLngLat([longitude, latitude]);
      if (known === undefined) marker.addTo(this.#map);
      const element = marker.getElement();
      element.setAttribute("aria-label", label);
      element.dataset["letter"] = letter;
    });
  }

  #made(at: number): Marker {
    const marker = new Marker({ draggable: true, color: COLOUR });
    marker.getElement().classList.add("pin");
    marker.on("dragend", () => {
      const { lat, lng } = marker.getLngLat();
      this.#pins[at]?.onDrag({ latitude: lat, longitude: wrapped(lng) });
    });
    this.#markers.push(marker);
    return marker;
  }
}
