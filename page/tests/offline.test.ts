import { describe, expect, it } from "vitest";
import { isPersonal, kindOf, sameQuestion } from "../src/offline/requests";

const SCOPE = "https://example.org/volt/";
const at = (path: string) => `${SCOPE}${path}`;

describe("what the service worker keeps", () => {
  it.each([
    ["", "page"],
    ["?lang=de", "page"],
    ["assets/index-1a2b.js", "file"],
    ["api/v1/stations?latitude=1", "answer"],
    ["api/v1/stations/demo:1", "answer"],
    ["api/v1/stations/demo:1/busy-hours", "answer"],
    ["api/v1/stations.csv", null],
    ["api/v1/users/me", null],
    ["api/v1/favorites", null],
    ["tiles/stations/1/2/3.mvt", "answer"],
    ["map/towns/large.json", "answer"],
    ["docs", null],
  ] as const)("%s: %s", (path, kind) => expect(kindOf(at(path), SCOPE)).toBe(kind));

  it("is on its own host, below its own folder", () => {
    expect(kindOf("https://elsewhere.example/volt/", SCOPE)).toBeNull();
    expect(kindOf("https://example.org/other/", SCOPE)).toBeNull();
  });

  it("belongs to nobody and changes nothing", () => {
    const headers = new Headers({ Authorization: "Bearer x" });
    expect(isPersonal({ method: "GET", headers })).toBe(true);
    expect(isPersonal({ method: "POST", headers: new Headers() })).toBe(true);
    expect(isPersonal({ method: "GET", headers: new Headers() })).toBe(false);
  });
});

describe("a list of another area", () => {
  const list = (query: string) => at(`api/v1/stations?${query}`);

  it("stands in for one with the same filters", () => {
    const one = list("latitude=1&longitude=2&radius_km=3&limit=50&connector=ccs2");
    expect(sameQuestion(one, list("connector=ccs2&limit=50&latitude=9&longitude=9&radius_km=1"))).toBe(true);
    expect(sameQuestion(one, list("latitude=1&longitude=2&radius_km=3&limit=50"))).toBe(false);
    expect(sameQuestion(one, at("api/v1/stations/clusters?limit=50&connector=ccs2"))).toBe(false);
  });

  it("does not stand in for one station, or for a tile", () => {
    expect(sameQuestion(at("api/v1/stations/a"), at("api/v1/stations/a?x=1"))).toBe(false);
    expect(sameQuestion(at("tiles/stations/1/1/1.mvt"), at("tiles/stations/1/1/1.mvt"))).toBe(false);
  });
});
