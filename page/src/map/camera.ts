/** What part of the world MapLibre shows, in the page's words. */
import type { Map as MapLibre } from "maplibre-gl";
import { type Box, type View, wrapped } from "../view";

export function viewOf(map: MapLibre): View {
  const { lat, lng } = map.getCenter();
  return { latitude: lat, longitude: wrapped(lng), zoom: map.getZoom() };
}

export function boxOf(map: MapLibre): Box {
  const bounds = map.getBounds();
  const isWholeTurn = bounds.getEast() - bounds.getWest() >= 360;
  return {
    west: isWholeTurn ? -180 : wrapped(bounds.getWest()),
    east: isWholeTurn ? 180 : wrapped(bounds.getEast()),
    south: bounds.getSouth(),
    north: bounds.getNorth(),
  };
}
