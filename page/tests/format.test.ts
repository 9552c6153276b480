import { describe, expect, it } from "vitest";
import {
  formatAddress,
  formatAgo,
  formatDay,
  formatDistance,
  formatDuration,
  formatKm,
  formatKw,
  webAddress,
} from "../src/format";
import { powerClass } from "../src/power";

describe("numbers", () => {
  it("have units that people use", () => {
    expect(formatKw(22)).toBe("22 kW");
    expect(formatKw(7.36)).toBe("7.4 kW");
    expect([formatDistance(4), formatDistance(444), formatDistance(951)]).toEqual(["0 m", "440 m", "1 km"]);
    expect([formatDistance(1240), formatDistance(123_456)]).toEqual(["1.2 km", "123 km"]);
  });

  it("tell ways and their time", () => {
    expect([formatKm(499), formatKm(1_234_567)]).toEqual(["0", "1,235"]);
    expect([29, 3540, 3599, 15_300].map(formatDuration)).toEqual([
      "0 min",
      "59 min",
      "1 h 0 min",
      "4 h 15 min",
    ]);
  });

  it("fall into classes of power", () => {
    expect([null, 22, 43, 149.9, 150].map(powerClass)).toEqual([
      "unknown",
      "normal",
      "fast",
      "fast",
      "ultra",
    ]);
  });
});

describe("times", () => {
  const now = new Date("2026-03-01T12:00:00Z");

  it("are told from now", () => {
    expect(formatAgo("2026-03-01T11:59:40Z", now)).toBe("now");
    expect(formatAgo("2026-03-01T11:55:00Z", now)).toBe("5 minutes ago");
    expect(formatAgo("2026-03-01T09:30:00Z", now)).toBe("2 hours ago");
    expect(formatAgo("2026-02-27T12:00:00Z", now)).toBe("2 days ago");
    expect(formatAgo("soon", now)).toBeNull();
  });

  it("are days where the hour does not matter", () => {
    expect(formatDay("2026-03-01T23:59:00Z")).toBe("Mar 1, 2026");
    expect(formatDay("")).toBeNull();
  });
});

describe("addresses", () => {
  it("leave out what is not known", () => {
    const address = { street: "Rue 1", postal_code: "75001", city: "Paris", state: null };
    expect(formatAddress({ address, country: "FR" })).toBe("Rue 1, 75001 Paris, France");
    const nothing = { street: null, postal_code: null, city: null, state: null };
    expect(formatAddress({ address: nothing, country: null })).toBe("");
    expect(formatAddress({ address: { ...nothing, city: "Berlin", state: "Berlin" }, country: "?" })).toBe(
      "Berlin, ?",
    );
  });

  it("of the web are followed only if they are of the web", () => {
    expect(webAddress("example.org/a")).toBe("https://example.org/a");
    expect(webAddress("http://example.org")).toBe("http://example.org/");
    expect(webAddress("javascript:alert(1)")).toBeNull();
    expect(webAddress("data:text/html,x")).toBeNull();
    expect(webAddress("not a host")).toBeNull();
    expect(webAddress(null)).toBeNull();
  });
});
