/** GPX 1.0 and 1.1 (topografix.com): reads lines out of it, writes a route into it. */
import { type Place, placeAt } from "./places";
import type { Tag } from "./xml";

const NAMESPACE = "http://www.topografix.com/GPX/1/1";

/** A place with a name, as a GPX file keeps it. */
export interface Waypoint extends Place {
  readonly name: string;
}

/**
 * The line of a GPX file: its tracks, else its routes, else its waypoints in their order.
 *
 * Segments follow each other. `null` for a document that is no GPX; points without a place on
 * the globe are left out.
 */
export function gpxLine(tags: readonly Tag[]): Place[] | null {
  if (tags[0]?.name !== "gpx") return null;
  for (const name of ["trkpt", "rtept", "wpt"]) {
    const line = tags.flatMap((tag) => (tag.name === name ? (placeOf(tag) ?? []) : []));
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

function placeOf({ attribute }: Tag): Place | null {
  const [latitude, longitude] = [attribute("lat"), attribute("lon")];
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
