import { describe, expect, it } from "vitest";
import type { Clusters } from "../src/api";
import { largestAreas } from "../src/areas";
import { availability, fromClusters } from "../src/features";
import { findHome, homeBox } from "../src/home";
import { readMark } from "../src/map/markers";
import { type Bay, countPlugs } from "../src/plugs";
import { summary } from "../src/shown";
import { findTowns, townFeatures } from "../src/towns";
import { type Box, WORLD } from "../src/view";

function clusters(...places: [longitude: number, latitude: number, count: number][]): Clusters {
  return {
    type: "FeatureCollection",
    features: places.map(([longitude, latitude, count]) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [longitude, latitude] },
      properties: {
        count,
        max_power_kw: 150,
        available_count: null,
        synthetic: false,
        ...(count === 1 ? { id: "demo:1" } : {}),
      },
    })),
  };
}

const TOWNS = townFeatures({
  names: ["Paris", "Lyon", "Paris", "Łódź", "Orléans"],
  countries: ["FR", "FR", "US", "PL", "FR"],
  longitudes: [2.35, 4.83, -95.55, 19.47, 1.9],
  latitudes: [48.86, 45.76, 33.66, 51.77, 47.9],
  populations: [2_100_000, 500_000, 25_000, 670_000, 110_000],
});

describe("what the map draws", () => {
  it("is a cluster or one station; what is not known is absent", () => {
    const [many, one] = fromClusters(clusters([2, 48, 1200], [5, 50, 1])).features;
    expect(many?.properties).toEqual({ count: 1200, max_power_kw: 150, synthetic: false });
    expect(one?.properties).toEqual({ id: "demo:1", count: 1, max_power_kw: 150, synthetic: false });
  });

  it("tells free from taken from not known", () => {
    expect([availability(null), availability(0), availability(2)]).toEqual(["unknown", "taken", "free"]);
  });

  it("names marks so that they can be drawn later", () => {
    expect(readMark("mark/ultra/free/150")).toEqual({ power: "ultra", availability: "free", kw: "150" });
    expect(readMark("mark/unknown/unknown/")).toMatchObject({ power: "unknown", kw: "" });
    expect(readMark("another")).toBeNull();
  });

  it("is counted where it is in view", () => {
    const drawn = fromClusters(clusters([2, 48, 10], [5, 50, 1], [100, 0, 7]));
    const box = { west: 0, south: 40, east: 10, north: 55 };
    const shown = summary(drawn, [], { view: { latitude: 48, longitude: 5, zoom: 5 }, box });
    expect(shown).toMatchObject({ count: 11, isRough: true, isWide: true });
  });
});

describe("the first view", () => {
  it("holds nearly all stations; one island does not rule it", () => {
    const home = homeBox(clusters([2, 48, 600], [8, 44, 600], [55, -21, 5]), 1);
    expect(home).toEqual({ west: 1, south: 43, east: 9, north: 49 });
  });

  it("is none for an empty catalogue", () => {
    expect(homeBox(clusters(), 1)).toBeNull();
  });

  it("is looked at twice only where a closer look tells more", async () => {
    const signal = new AbortController().signal;
    const zooms: number[] = [];
    const asked = (answer: Clusters) => async (_box: Box, zoom: number) => {
      zooms.push(zoom);
      return answer;
    };
    await findHome(signal, asked(clusters([2, 48, 600], [8, 44, 600])));
    expect(zooms).toEqual([4, 8]);
    await findHome(signal, asked(clusters([2, 48, 600], [-80, 44, 600])));
    expect(zooms).toEqual([4, 8, 4]);
  });
});

describe("areas", () => {
  it("are the largest clusters in view, named after the largest town near by", () => {
    const drawn = fromClusters(clusters([2, 48.2, 50], [2.4, 48.9, 20], [4.8, 45.7, 80], [-140, 0, 3]));
    const looking = { view: { latitude: 0, longitude: 0, zoom: 4 }, box: WORLD };
    expect(largestAreas(drawn, looking, TOWNS).map(({ count, town }) => [count, town])).toEqual([
      [80, "Lyon"],
      [50, "Paris"],
      [20, "Orléans"],
      [3, null],
    ]);
  });
});

describe("towns", () => {
  const titles = (text: string) => findTowns([TOWNS], text, 3).map(({ title }) => title);

  it("are found by the beginning of their name, without accents and case", () => {
    expect(titles("par")).toEqual(["Paris, France", "Paris, United States"]);
    expect(titles("ORLE")).toEqual(["Orléans, France"]);
    expect(titles("paris, u")).toEqual(["Paris, United States"]);
    expect(titles("  ")).toEqual([]);
    expect(titles("zz")).toEqual([]);
  });
});

describe("plugs", () => {
  it("are counted by kind and by what their bays report, free ones first", () => {
    const ccs = { standard: "IEC_62196_T2_COMBO", source_word: null, max_power_kw: 150 } as const;
    const ac = { standard: "IEC_62196_T2", source_word: null, max_power_kw: 22 } as const;
    const bay = (status: Bay["status"], ...connectors: Bay["connectors"]): Bay => ({
      status,
      power_level: null,
      connectors,
    });
    const plugs = countPlugs([bay("UNKNOWN", ac), bay("AVAILABLE", ccs, ac), bay("CHARGING", ccs)]);
    expect(plugs.map(({ standard, count, states }) => [standard, count, states])).toEqual([
      ["IEC_62196_T2_COMBO", 2, [["AVAILABLE", 1], ["CHARGING", 1]]],
      ["IEC_62196_T2", 2, [["AVAILABLE", 1], ["UNKNOWN", 1]]],
    ]);
  });
});
