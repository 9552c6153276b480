/** Favourites in the order that somebody wants. */
import { distanceKm, type View } from "../view";
import type { Favorite } from "./favorites";

export const ORDERS = ["created", "distance"] as const;
export type Order = (typeof ORDERS)[number];

/** With the distance from the middle of the map, where there is one; newest first comes first. */
export function ordered(
  stations: readonly Favorite[],
  order: Order,
  view: View | null,
): readonly Favorite[] {
  if (view === null) return stations;
  const placed = stations.map((station) => ({
    ...station,
    distance_m: distanceKm(view, station) * 1000,
  }));
  return order === "created" ? placed : placed.sort((one, other) => one.distance_m - other.distance_m);
}
