import { describe, expect, it } from "vitest";
import { continuousLine, continuousPolygon } from "../build/antimeridian.mjs";

describe("shapes across the 180th meridian", () => {
  it("run on instead of jumping around the world", () => {
    expect(continuousLine([[170, 60], [179, 61], [-179, 62], [-170, 63]])).toEqual([
      [170, 60],
      [179, 61],
      [181, 62],
      [190, 63],
    ]);
  });

  it("lie within a turn by their middle", () => {
    const line = continuousLine([[-175, 0], [175, 1], [100, 2]]);
    expect(line).toEqual([[-175, 0], [-185, 1], [-260, 2]].map(([x = 0, y = 0]) => [x + 360, y]));
  });

  it("keep their holes inside", () => {
    const outer = [[-175, 50], [-175, 70], [40, 70], [40, 50], [-175, 50]];
    const [around, hole] = continuousPolygon([outer, [[100, 55], [110, 55], [110, 60], [100, 55]]]);
    const longitudes = (around ?? []).map(([x = 0]) => x);
    expect(Math.min(...longitudes)).toBeLessThanOrEqual(hole?.[0]?.[0] ?? NaN);
    expect(Math.max(...longitudes)).toBeGreaterThanOrEqual(hole?.[1]?.[0] ?? NaN);
  });

  it("are closed over the pole that they go round", () => {
    const [ring] = continuousPolygon([[[-180, -70], [-60, -75], [60, -75], [180, -70]]]);
    expect(ring?.slice(-3)).toEqual([[180, -90], [-180, -90], [-180, -70]]);
  });
});
