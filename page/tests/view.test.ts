import { describe, expect, it } from "vitest";
import { bboxOf, boxAround, contains, grownToTiles, reachKm, WORLD, wrapped } from "../src/view";

const PARIS = { west: 2.2, south: 48.8, east: 2.5, north: 48.9 };
const FIJI = { west: 177, south: -19, east: -178, north: -16 };

describe("a box grown to tiles", () => {
  it("holds the box, and stays the same for a small pan", () => {
    const grown = grownToTiles(PARIS, 10.7);
    expect(grown.west).toBeLessThanOrEqual(PARIS.west);
    expect(grown.east).toBeGreaterThanOrEqual(PARIS.east);
    expect(grown.south).toBeLessThanOrEqual(PARIS.south);
    expect(grown.north).toBeGreaterThanOrEqual(PARIS.north);
    const panned = { ...PARIS, west: 2.21, east: 2.51 };
    expect(grownToTiles(panned, 10.8)).toEqual(grown);
  });

  it("crosses the antimeridian where the box does", () => {
    const grown = grownToTiles(FIJI, 5);
    expect(grown.west).toBeGreaterThan(grown.east);
    expect(contains(grown, -17, 179)).toBe(true);
    expect(contains(grown, -17, -179)).toBe(true);
    expect(contains(grown, -17, 0)).toBe(false);
  });

  it("is the world, once, at zoom 0", () => {
    const { west, east, south, north } = grownToTiles(WORLD, 0);
    expect([west, east]).toEqual([-180, 180]);
    expect(north).toBeCloseTo(85.051129, 5);
    expect(south).toBeCloseTo(-85.051129, 5);
  });

  it("ends at 180 and not at -180", () => {
    expect(grownToTiles({ west: 170, south: 0, east: 180, north: 1 }, 4).east).toBe(180);
  });
});

describe("places and distances", () => {
  it("tells what lies in a box", () => {
    expect(contains(PARIS, 48.85, 2.3)).toBe(true);
    expect(contains(PARIS, 48.95, 2.3)).toBe(false);
    expect(contains(PARIS, 48.85, 2.6)).toBe(false);
  });

  it("reaches the farthest corner, 500 km at most", () => {
    const view = { latitude: 48.85, longitude: 2.35, zoom: 11 };
    expect(reachKm(view, PARIS)).toBeCloseTo(12.4, 0);
    expect(reachKm({ ...view, zoom: 1 }, WORLD)).toBe(500);
  });

  it("guesses a box where no map tells one", () => {
    const box = boxAround({ latitude: 10, longitude: 179, zoom: 5 });
    expect(box.west).toBeGreaterThan(box.east);
    expect(contains(box, 10, 179)).toBe(true);
    expect(boxAround({ latitude: 0, longitude: 0, zoom: 0 })).toMatchObject({ west: -180, east: 180 });
  });

  it("writes a box as the API reads it", () => {
    expect(bboxOf({ west: -0.10000001, south: 1, east: 2.5, north: 3 })).toBe("-0.1,1,2.5,3");
  });

  it("keeps longitudes within half a turn", () => {
    expect([wrapped(180), wrapped(-180), wrapped(540), wrapped(-190)]).toEqual([-180, -180, -180, 170]);
  });
});
