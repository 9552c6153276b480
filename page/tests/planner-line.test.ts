import { describe, expect, it } from "vitest";
import { lengthM, placeAlong, simplified } from "../src/planner/line";

const at = (latitude: number, longitude: number) => ({ latitude, longitude });

describe("a line", () => {
  it("is as long as its legs", () => {
    const degreeM = (Math.PI / 180) * 6_371_008.8;
    expect(lengthM([at(0, 0), at(0, 1), at(1, 1)])).toBeCloseTo(2 * degreeM, 3);
    expect(lengthM([at(0, 0)])).toBe(0);
  });

  it("knows the place a way along it, on the great circle", () => {
    const line = [at(60, 0), at(60, 90)];
    const middle = placeAlong(line, lengthM(line) / 2);
    expect(middle?.longitude).toBeCloseTo(45, 9);
    // The great circle runs north of the parallel.
    expect(middle?.latitude).toBeCloseTo(67.792345701, 6);
    expect(placeAlong(line, lengthM(line) + 1)).toBeNull();
    expect(placeAlong([at(1, 1), at(1, 1), at(2, 1)], 0)).toEqual(at(1, 1));
  });

  it("crosses the antimeridian on the short way", () => {
    const line = [at(0, 179), at(0, -179)];
    const place = placeAlong(line, lengthM(line) * 0.75);
    expect(place?.longitude).toBeCloseTo(-179.5, 9);
  });
});

describe("a simplified line", () => {
  it("is itself while it is short enough", () => {
    const line = [at(0, 0), at(1, 1)];
    expect(simplified(line, 2)).toBe(line);
  });

  it("keeps the corners and drops what lies between", () => {
    const side = (from: number, to: number) =>
      Array.from({ length: 100 }, (_, step) => from + ((to - from) * step) / 100);
    const line = [
      ...side(0, 1).map((east) => at(0, east)),
      ...side(0, 1).map((north) => at(north, 1)),
      at(1, 1),
    ];
    expect(simplified(line, 3)).toEqual([at(0, 0), at(0, 1), at(1, 1)]);
  });

  it("keeps its ends, its order and its bound, piece by piece", () => {
    const line = Array.from({ length: 30_001 }, (_, step) =>
      at(Math.sin(step / 50) / 10, step / 1000),
    );
    const short = simplified(line, 2_000);
    expect(short).toHaveLength(2_000);
    expect(short[0]).toBe(line[0]);
    expect(short.at(-1)).toBe(line.at(-1));
    const longitudes = short.map(({ longitude }) => longitude);
    expect(longitudes).toEqual(longitudes.toSorted((one, other) => one - other));
    expect(lengthM(short) / lengthM(line)).toBeGreaterThan(0.99);
  });

  it("sees the way across the antimeridian as short", () => {
    const line = [at(0, 179.9), at(0, 180), at(0.05, -179.95), at(0, -179.9)];
    expect(simplified(line, 3)).toEqual([at(0, 179.9), at(0.05, -179.95), at(0, -179.9)]);
  });
});
