import { describe, expect, it } from "vitest";
import { readPasted, readPlace, writePlace } from "../src/planner/places";
import { decodePolyline, encodePolyline } from "../src/planner/polyline";

const PARIS = { latitude: 48.8566, longitude: 2.3522 };
const LYON = { latitude: 45.7578, longitude: 4.832 };

describe("a written place", () => {
  it.each(["48.8566, 2.3522", "48.8566,2.3522", " 48.8566 2.3522 ", "geo:48.8566,2.3522?z=12"])(
    "is read: %s",
    (text) => expect(readPlace(text)).toEqual(PARIS),
  );

  it.each(["", "Paris", "48.8566", "91, 2", "48, 181", "48.8,2.3,7", "1e1, 2", "4 8 2"])(
    "is not read: %s",
    (text) => expect(readPlace(text)).toBeNull(),
  );

  it("comes back as it was written", () => {
    expect(readPlace(writePlace(PARIS))).toEqual(PARIS);
  });
});

describe("what was pasted", () => {
  it("is a list of stops, by the line or by semicolons", () => {
    expect(readPasted("48.8566, 2.3522\n45.7578, 4.832\n")).toEqual({
      kind: "stops",
      places: [PARIS, LYON],
    });
    expect(readPasted("48.8566,2.3522; 45.7578,4.832")?.places).toHaveLength(2);
  });

  it("is a line when there are more places than stops", () => {
    const text = Array.from({ length: 26 }, (_, at) => `48.${at}, 2`).join("\n");
    expect(readPasted(text)?.kind).toBe("line");
  });

  it("is an encoded polyline", () => {
    expect(readPasted("_p~iF~ps|U_ulLnnqC_mqNvxq`@")).toEqual({
      kind: "line",
      places: [
        { latitude: 38.5, longitude: -120.2 },
        { latitude: 40.7, longitude: -120.95 },
        { latitude: 43.252, longitude: -126.453 },
      ],
    });
  });

  it.each(["", "48.8566, 2.3522", "from Paris to Lyon", "????", "~~~~~~~~~~~~~~"])(
    "is neither: %s",
    (text) => expect(readPasted(text)?.places.length ?? 0).toBeLessThanOrEqual(2),
  );
});

describe("an encoded polyline", () => {
  it("comes back as it was written, beyond every border", () => {
    const line = [
      { latitude: -90, longitude: -180 },
      { latitude: 90, longitude: 180 },
      { latitude: 0, longitude: 0 },
      { latitude: -0.00001, longitude: 0.00001 },
    ];
    expect(decodePolyline(encodePolyline(line))).toEqual(line);
  });

  it.each(["_p~iF", "_p~iF~ps|", "Paris!", "_____________@"])("is refused: %s", (text) => {
    expect(decodePolyline(text)).toBeNull();
  });
});
