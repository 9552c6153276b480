import { DOMParser } from "@xmldom/xmldom";
import { describe, expect, it } from "vitest";
import { geoJsonLine } from "../src/planner/geojson";
import { writeGpx } from "../src/planner/gpx";
import { MAX_FILE_BYTES, readRouteFile } from "../src/planner/route-file";

const at = (latitude: number, longitude: number) => ({ latitude, longitude });
const read = (text: string) => readRouteFile(new Blob([text]));

describe("a GPX file", () => {
  it("gives the segments of its tracks, one after the other", async () => {
    const line = await read(`\uFEFF<?xml version="1.0"?>
      <gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">
        <wpt lat="1" lon="1"/><rte><rtept lat="2" lon="2"/></rte>
        <trk><trkseg><trkpt lat="48.1" lon="2.1"><ele>35</ele></trkpt></trkseg>
          <trkseg><trkpt lat="48.2" lon="2.2"/><trkpt lat="x" lon="2"/><trkpt lat="95" lon="2"/></trkseg>
        </trk><trk><trkseg><trkpt lat="48.3" lon="2.3"/></trkseg></trk></gpx>`);
    expect(line).toEqual([at(48.1, 2.1), at(48.2, 2.2), at(48.3, 2.3)]);
  });

  it("gives its route, else its waypoints, of version 1.0 with a prefix as well", async () => {
    const route = '<rte><rtept lat="2" lon="2"/><rtept lat="3" lon="3"/></rte>';
    expect(await read(`<gpx version="1.0">${route}<wpt lat="1" lon="1"/></gpx>`)).toEqual([
      at(2, 2),
      at(3, 3),
    ]);
    const waypoints = '<g:wpt lat="1" lon="1"/><g:wpt lat="2" lon="2"/>';
    expect(
      await read(`<g:gpx xmlns:g="http://www.topografix.com/GPX/1/0">${waypoints}</g:gpx>`),
    ).toEqual([at(1, 1), at(2, 2)]);
  });

  it("is written so that it can be read again, whatever the names", async () => {
    const line = [at(48.123457, -2), at(49, 3)];
    const name = "A & B <\u0007\"über\">";
    const text = writeGpx(name, line, [{ ...at(48.5, 0), name }]);
    expect(await read(text)).toEqual(line);
    const document = new DOMParser().parseFromString(text, "application/xml");
    expect(document.getElementsByTagName("name")[1]?.textContent).toBe('A & B <"über">');
  });

  it("may have comments, a type and names that look like tags", async () => {
    const text = `<?xml version='1.0'?><!DOCTYPE gpx [<!ENTITY x "<y>">]><gpx><!-- <trkpt> -->
      <name><![CDATA[<wpt lat="7" lon="7"/>]]></name>
      <rtept lon = '2' lat = '1'/><rtept lat="3" lon="4"></rtept></gpx>`;
    expect(await read(text)).toEqual([at(1, 2), at(3, 4)]);
  });

  it.each([
    "<gpx>",
    "<gpx><trk></gpx></trk>",
    "<gpx></gpx></gpx>",
    '<gpx><wpt lat="1/></gpx>',
    "<gpx><!-- </gpx>",
    "<gpx>a < b</gpx>",
  ])("is called broken where it is: %s", async (text) => {
    await expect(read(text)).rejects.toMatchObject({ trouble: "brokenXml" });
  });
});

describe("a GeoJSON file", () => {
  it("gives the lines of its features", async () => {
    const feature = (geometry: unknown) => ({ type: "Feature", properties: {}, geometry });
    const line = await read(
      JSON.stringify({
        type: "FeatureCollection",
        features: [
          feature({ type: "LineString", coordinates: [[2.1, 48.1], [2.2, 48.2, 100]] }),
          feature({ type: "Point", coordinates: [0, 0] }),
          feature(null),
          feature({ type: "MultiLineString", coordinates: [[[2.3, 48.3], [200, 48], ["2", 48]]] }),
        ],
      }),
    );
    expect(line).toEqual([at(48.1, 2.1), at(48.2, 2.2), at(48.3, 2.3)]);
  });

  it("gives its points where it has no line", () => {
    const points = [
      { type: "Point", coordinates: [2, 48] },
      { type: "MultiPoint", coordinates: [[3, 49], null] },
    ];
    expect(geoJsonLine({ type: "GeometryCollection", geometries: points })).toEqual([
      at(48, 2),
      at(49, 3),
    ]);
  });

  it.each([null, 7, [], {}, { type: "LineString" }, { coordinates: [] }])(
    "is not %j",
    (value) => expect(geoJsonLine(value)).toBeNull(),
  );

  it("is not followed into any depth", () => {
    let value: unknown = { type: "Point", coordinates: [1, 1] };
    for (let depth = 0; depth < 6; depth += 1) {
      value = { type: "GeometryCollection", geometries: [value] };
    }
    expect(geoJsonLine(value)).toEqual([]);
  });
});

describe("a file that is no route", () => {
  it.each([
    ["brokenXml", "<gpx><trk></gpx>"],
    ["brokenJson", '{"type": "LineString", '],
    ["noRoute", "<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>"],
    ["noRoute", "%PDF-1.7"],
    ["noRoute", ""],
    ["noRoute", "[1, 2]"],
    ["noLine", "<gpx/>"],
    ["noLine", '{"type": "Point", "coordinates": [1, 2]}'],
  ])("is named for its trouble: %s", async (trouble, text) => {
    await expect(read(text)).rejects.toMatchObject({ trouble });
  });

  it("is not even read when it is too large", async () => {
    const unread = { size: MAX_FILE_BYTES + 1, text: () => Promise.reject(new Error("read")) };
    await expect(readRouteFile(unread)).rejects.toMatchObject({ trouble: "tooLarge" });
  });

  it("may have gone before it was read", async () => {
    const gone = { size: 10, text: () => Promise.reject(new Error("gone")) };
    await expect(readRouteFile(gone)).rejects.toMatchObject({ trouble: "unreadable" });
  });
});
