/** The base map: land, borders and names of towns, finer the closer somebody looks. */
import { LAND } from "../land";
import { loadTowns, type TownSize } from "../towns";
import { SOURCE } from "./sources";

/** Data of a source of the map, or where it is. */
export type Fill = (source: string, data: GeoJSON.GeoJSON | string) => void;

export class Ground {
  readonly #fill: Fill;
  /** Of `LAND`: what is shown by now. */
  #detail = 0;

  constructor(fill: Fill) {
    this.#fill = fill;
    this.#showLand(0);
    this.#showTowns("large", SOURCE.largeTowns);
  }

  /** Only ever finer: what was fetched for a near view is good from afar, too. */
  refine(zoom: number): void {
    const detail = LAND.findLastIndex(({ fromZoom }) => zoom >= fromZoom);
    if (detail <= this.#detail) return;
    this.#showLand(detail);
    if (detail === LAND.length - 1) this.#showTowns("small", SOURCE.smallTowns);
  }

  #showLand(detail: number): void {
    const { land, borders } = LAND[detail] ?? LAND[0];
    this.#detail = detail;
    this.#fill(SOURCE.land, land);
    this.#fill(SOURCE.borders, borders);
  }

  #showTowns(size: TownSize, source: string): void {
    loadTowns(size).then(
      (towns) => this.#fill(source, towns),
      // The stations are the point of the page: without names of towns it still works.
      () => undefined,
    );
  }
}
