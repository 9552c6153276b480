import { describe, expect, it } from "vitest";
import { boxOf, drawnRoute, unrolled } from "../src/planner/drawing";
import { dense, lengthM, piece } from "../src/planner/line";

const at = (latitude: number, longitude: number) => ({ latitude, longitude });

describe("a route on the map", () => {
  const line = [at(0, 0), at(0, 1), at(0, 2)];
  const parts = (reachM: number | null) =>
    drawnRoute(line, reachM, "here").features.map(({ properties }) => properties?.["part"]);

  it("is one line, until a charge ends on it", () => {
    expect(parts(null)).toEqual(["reached"]);
    expect(parts(lengthM(line) + 1)).toEqual(["reached"]);
    expect(parts(lengthM(line) / 4)).toEqual(["reached", "beyond", "end-of-charge"]);
  });

  it("marks the place where the charge ends", () => {
    const [, , end] = drawnRoute(line, lengthM(line) / 4, "here").features;
    const [longitude] = end?.geometry.type === "Point" ? end.geometry.coordinates : [];
    expect(longitude).toBeCloseTo(0.5, 6);
    expect(end?.properties?.["label"]).toBe("here");
  });

  it("does not jump at the antimeridian, and is boxed the short way", () => {
    const pacific = [at(1, 179), at(2, -179), at(-3, 178)];
    expect(unrolled(pacific)).toEqual([[179, 1], [181, 2], [178, -3]]);
    expect(boxOf(pacific)).toEqual({ west: 178, east: -179, south: -3, north: 2 });
    expect(boxOf([at(0, 0), at(0, 120), at(0, -120), at(0, 0)])).toMatchObject({ west: -180, east: 180 });
  });
});

describe("a line", () => {
  const line = [at(0, 0), at(0, 1), at(0, 2), at(0, 3)];
  const degreeM = lengthM([at(0, 0), at(0, 1)]);

  it("is cut between two ways along it", () => {
    const cut = piece(line, degreeM / 2, degreeM * 2.5);
    expect(cut).toHaveLength(4);
    expect(lengthM(cut)).toBeCloseTo(2 * degreeM, 3);
    expect(lengthM(piece(line, degreeM, Infinity))).toBeCloseTo(2 * degreeM, 3);
    expect(piece(line, degreeM * 4, degreeM * 5)).toEqual([]);
    expect(piece([], 0, 1)).toEqual([]);
  });

  it("gets points on the great circle where its own are far apart", () => {
    const arc = dense([at(60, 0), at(60, 90)], 500_000);
    expect(arc.length).toBeGreaterThan(9);
    expect(Math.max(...arc.map(({ latitude }) => latitude))).toBeGreaterThan(67.7);
    expect(lengthM(arc)).toBeCloseTo(lengthM([at(60, 0), at(60, 90)]), 0);
    expect(dense([at(1, 1)], 10)).toEqual([at(1, 1)]);
    expect(dense([at(1, 1), at(1, 1)], 10)).toHaveLength(2);
  });
});
