/**
 * A plan as the page's address holds it: `48.8566,2.3522=Paris~45.7578,4.832=Lyon!10`, or
 * `line:` and an encoded polyline; the number is the corridor, where it is not the usual one.
 */
import { shortened } from "../view";
import { simplified } from "./line";
import { MAX_STOPS, type Place, readPlace } from "./places";
import {
  CORRIDORS_KM,
  given,
  NO_PLAN,
  NO_STOPS,
  type Plan,
  type Stop,
  type Stops,
  USUAL_CORRIDOR_KM,
} from "./plan";
import { decodePolyline, encodePolyline } from "./polyline";

/** Decimals of a degree: about ten metres. */
const DECIMALS = 4;
const MAX_TITLE_LENGTH = 60;
/** Some messengers cut links that are longer than a line of so many points. */
const MAX_LINE_POINTS = 300;
const LINE = "line:";
const BETWEEN = "~";
/** Neither polylines nor numbers have it. */
const CORRIDOR = "!";

/** `null` for a plan without any place. */
export function writePlan({ stops, line, corridorKm }: Plan): string | null {
  const course = line === null ? writeStops(stops) : writeLine(line);
  if (course === null || corridorKm === USUAL_CORRIDOR_KM) return course;
  return `${course}${CORRIDOR}${corridorKm}`;
}

/** What cannot be read is left out, never an error. */
export function readPlan(text: string | null): Plan {
  const [course = "", corridor] = (text ?? "").split(CORRIDOR);
  const corridorKm = CORRIDORS_KM.find((km) => String(km) === corridor) ?? USUAL_CORRIDOR_KM;
  if (!course.startsWith(LINE)) return { ...NO_PLAN, stops: readStops(course), corridorKm };
  const line = decodePolyline(course.slice(LINE.length));
  return { ...NO_PLAN, line: line && line.length >= 2 ? line : null, corridorKm };
}

function writeLine(line: readonly Place[]): string {
  return `${LINE}${encodePolyline(simplified(line, MAX_LINE_POINTS))}`;
}

function writeStops(stops: Stops): string | null {
  return given(stops).length === 0 ? null : stops.map(writeStop).join(BETWEEN);
}

function writeStop(stop: Stop | null): string {
  if (stop === null) return "";
  const place = [stop.latitude, stop.longitude].map((degrees) => shortened(degrees, DECIMALS)).join();
  const title = stop.title?.replace(/[~!]/g, " ").slice(0, MAX_TITLE_LENGTH);
  return title ? `${place}=${title}` : place;
}

function readStops(text: string): Stops {
  if (text === "") return NO_STOPS;
  const stops = text.split(BETWEEN).slice(0, MAX_STOPS).map(readStop);
  return stops.length < 2 ? [...stops, null] : stops;
}

function readStop(written: string): Stop | null {
  const [, place = "", title = ""] = /^([^=]*)=?(.*)$/s.exec(written) ?? [];
  const found = readPlace(place);
  return found && { ...found, title: title.slice(0, MAX_TITLE_LENGTH).trim() || null };
}
