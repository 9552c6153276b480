import { describe, expect, it } from "vitest";
import { licenceText } from "../src/licences";
import { sourceTitle } from "../src/sources";
import { shareLink, waysTo } from "../src/ways";

const PLACE = { latitude: 48.8566, longitude: 2.3522 };
const LINK = { title: "One", url: "https://volt.example/#station=demo%3A1" };

describe("ways to a station", () => {
  it("lead to its place in the usual apps", () => {
    const ways = Object.fromEntries(waysTo(PLACE, "Hôtel (de Ville)", "App"));
    expect(ways).toEqual({
      App: "geo:48.8566,2.3522?q=48.8566,2.3522(H%C3%B4tel%20%20de%20Ville)",
      "Google Maps": "https://www.google.com/maps/dir/?api=1&destination=48.8566,2.3522",
      "Apple Maps": "https://maps.apple.com/?daddr=48.8566,2.3522",
      Waze: "https://waze.com/ul?ll=48.8566,2.3522&navigate=yes",
      OpenStreetMap: "https://www.openstreetmap.org/directions?route=%3B48.8566%2C2.3522",
    });
  });
});

describe("a link to a station", () => {
  const copied: string[] = [];
  const clipboard = { writeText: async (text: string) => void copied.push(text) };

  it("is handed to another app, or copied where none takes it", async () => {
    const shared: ShareData[] = [];
    const share = async (data?: ShareData) => void shared.push(data ?? {});
    await expect(shareLink(LINK, { share, clipboard })).resolves.toBe("shared");
    expect([shared, copied]).toEqual([[LINK], []]);
    await expect(shareLink(LINK, { clipboard })).resolves.toBe("copied");
    expect(copied).toEqual([LINK.url]);
  });

  it("is given up without a word, and fails with one", async () => {
    const refuse = (name: string) => ({ share: () => Promise.reject(new DOMException("no", name)) });
    await expect(shareLink(LINK, refuse("AbortError"))).resolves.toBe("given-up");
    await expect(shareLink(LINK, refuse("NotAllowedError"))).resolves.toBe("failed");
    await expect(shareLink(LINK, {})).resolves.toBe("failed");
  });
});

describe("where a record comes from", () => {
  const sources = [
    { source: "osm", feed: "osm", title: "OpenStreetMap" },
    { source: "ocpi", feed: "ocpi", title: "OCPI" },
    { source: "ocpi", feed: "FR-ABC", title: "ABC" },
  ];

  it.each([
    ["osm:node%2F17", "OpenStreetMap"],
    ["ocpi:FR-ABC:LOC1", "ABC"],
    ["ocpi:LOC1", "OCPI"],
    ["osm:other:1", "OpenStreetMap"],
    ["irve:FR1", "irve:FR1"],
  ])("%s is told by %s", (id, title) => expect(sourceTitle(id, sources)).toBe(title));

  it("names where a known licence can be read", () => {
    expect(licenceText("ODbL-1.0")).toMatch(/^https:/);
    expect(licenceText("unknown")).toBeNull();
  });
});
