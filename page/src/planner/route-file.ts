/** A route out of a file that the visitor has. */
import { geoJsonLine } from "./geojson";
import { gpxLine } from "./gpx";
import { simplified } from "./line";
import type { Place } from "./places";
import { openingTags } from "./xml";

export const MAX_FILE_BYTES = 5_000_000;

/** What was wrong with a file; each has a sentence in the catalogues. */
export type FileTrouble = "tooLarge" | "unreadable" | "brokenXml" | "brokenJson" | "noRoute" | "noLine";

export class RouteFileError extends Error {
  constructor(readonly trouble: FileTrouble) {
    super(trouble);
  }
}

/** What is needed of a `File`. */
export type Readable = Pick<Blob, "size" | "text">;

/**
 * The line of a GPX or GeoJSON file, told apart by what is in it, not by its name.
 *
 * At most 20,000 points, those that tell most of its course. Throws `RouteFileError`.
 */
export async function readRouteFile(file: Readable): Promise<readonly Place[]> {
  if (file.size > MAX_FILE_BYTES) throw new RouteFileError("tooLarge");
  const text = await file.text().catch(() => {
    throw new RouteFileError("unreadable");
  });
  const line = readLine(text.replace(/^\uFEFF/, "").trim());
  if (line === null) throw new RouteFileError("noRoute");
  if (line.length < 2) throw new RouteFileError("noLine");
  return simplified(line);
}

function readLine(text: string): Place[] | null {
  if (text.startsWith("<")) {
    const tags = openingTags(text);
    if (tags === null) throw new RouteFileError("brokenXml");
    return gpxLine(tags);
  }
  if (!/^[[{]/.test(text)) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RouteFileError("brokenJson");
  }
  return geoJsonLine(value);
}
