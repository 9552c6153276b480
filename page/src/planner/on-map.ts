/** Puts a plan on the map, and takes it away again with the planner. */
import { useEffect, useRef } from "preact/hooks";
import { type Address, readAddress } from "../address";
import { fromStations } from "../features";
import { t, useLanguage } from "../i18n";
import type { StationMap } from "../map/station-map";
import type { StationBeside } from "./ask";
import type { Course } from "./course";
import { boxOf, drawnRoute, NO_ROUTE } from "./drawing";
import type { Place } from "./places";
import { letterOf, nameOfStop, type Plan, withStop } from "./plan";
import type { ChangePlan } from "./use-plan";

/** For pins, which stand above their places, and for what lies on the map's edges. */
const ROOM = { top: 80, right: 64, bottom: 48, left: 40 };

interface Found {
  readonly course: Course | null;
  readonly stations: readonly StationBeside[] | null;
  readonly reachM: number | null;
}

export function useOnMap(map: StationMap | null, plan: Plan, found: Found, change: ChangePlan): void {
  // Whoever drags a pin looks where he wants to look.
  const isDragged = useRef(false);
  useRoute(map, found);
  usePins(map, plan, (part) => {
    isDragged.current = true;
    change(part);
  });
  useFitting(map, found.course, isDragged);
}

function useRoute(map: StationMap | null, { course, stations, reachM }: Found): void {
  const language = useLanguage();
  useEffect(() => {
    const route = course ? drawnRoute(course.line, reachM, t("planner.endOfCharge")) : NO_ROUTE;
    map?.showRoute(route, course && stations ? fromStations(stations) : null);
  }, [map, course, stations, reachM, language]);
  useEffect(() => () => map?.showRoute(NO_ROUTE, null), [map]);
}

/** A pin for each stop; a dragged one is a stop without a name. */
function usePins(map: StationMap | null, { stops, line }: Plan, change: ChangePlan): void {
  const language = useLanguage();
  useEffect(() => {
    const pins = stops.flatMap((stop, at) => {
      if (stop === null || line !== null) return [];
      const move = (place: Place) => change({ stops: withStop(stops, at, { ...place, title: null }) });
      const label = t("planner.pin", { stop: letterOf(at), name: nameOfStop(stop) });
      return [{ ...stop, letter: letterOf(at), label, onDrag: move }];
    });
    map?.showPins(pins);
  }, [map, stops, line, language]);
  useEffect(() => () => map?.showPins([]), [map]);
}

/** Shows all of a new course; one that the address brought with a view, only if it is out of sight. */
function useFitting(map: StationMap | null, course: Course | null, isHeld: { current: boolean }): void {
  const isBrought = useRef(bringsView(readAddress(location.hash)));
  useEffect(() => {
    if (map === null || course === null) return;
    const isSeen = isBrought.current && course.line.some((place) => map.isInSight(place));
    if (!isHeld.current && !isSeen) map.fit(boxOf(course.line), ROOM);
    isBrought.current = isHeld.current = false;
  }, [map, course]);
}

function bringsView({ view, route }: Address): boolean {
  return view !== null && route !== null;
}
