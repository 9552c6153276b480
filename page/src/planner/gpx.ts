/** GPX 1.0 and 1.1 (topografix.com): reads lines out of it, writes a route into it. */
import { type Place, placeAt } from "./places";

const NAMESPACE = "http://www.topografix.com/GPX/1/1";

/** A place with a name, as a GPX file keeps it. */
export interface Waypoint extends Place {
  readonly name: string;
}

/** Reads a file's text as XML; `null` where it is not well formed. */
export type ParseXml = (text: string) => Document | null;

export const parseXml: ParseXml = (text) => {
  const document = new DOMParser().parseFromString(text, "application/xml");
  return document.getElementsByTagName("parsererror").length > 0 ? null : document;
};

/**
 * The line of a GPX file: its tracks, else its routes, else its waypoints in their order.
 *
 * Segments follow each other. `null` for a document that is no GPX; points without a place on
 * the globe are left out.
 */
export function gpxLine(document: Document): Place[] | null {
  if (document.documentElement?.localName !== "gpx") return null;
  for (const name of ["trkpt", "rtept", "wpt"]) {
    const line = [...elements(document, name)].flatMap((point) => placeOf(point) ?? []);
    if (line.length > 0) return line;
  }
  return [];
}

/** A GPX 1.1 file with the line as a track and the stops on and beside it as waypoints. */
export function writeGpx(
  name: string,
  line: readonly Place[],
  waypoints: readonly Waypoint[],
): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<gpx version="1.1" creator="VoltWay" xmlns="${NAMESPACE}">`,
    `<metadata><name>${escaped(name)}</name></metadata>`,
    ...waypoints.map((place) => point("wpt", place, `<name>${escaped(place.name)}</name>`)),
    `<trk><name>${escaped(name)}</name><trkseg>`,
    ...line.map((place) => point("trkpt", place, "")),
    "</trkseg></trk>",
    "</gpx>",
    "",
  ].join("\n");
}

function* elements(document: Document, localName: string): Iterable<Element> {
  const found = document.getElementsByTagNameNS("*", localName);
  for (let at = 0; at < found.length; at += 1) yield found[at] as Element;
}

function placeOf(point: Element): Place | null {
  const latitude = point.getAttribute("lat");
  const longitude = point.getAttribute("lon");
  return latitude && longitude ? placeAt(Number(latitude), Number(longitude)) : null;
}

function point(tag: string, { latitude, longitude }: Place, inside: string): string {
  return `<${tag} lat="${latitude.toFixed(6)}" lon="${longitude.toFixed(6)}">${inside}</${tag}>`;
}

/** As XML text; control characters, which XML 1.0 forbids even escaped, are left out. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
