import { describe, expect, it } from "vitest";
import type { NamedPlace } from "../src/api";
import { ApiError } from "../src/send";
import { findPlaces } from "../src/places";

const signal = new AbortController().signal;

describe("places", () => {
  it("are named with their country, and by how many live there", async () => {
    const paris: NamedPlace = { name: "Paris", country: "FR", latitude: 48.86, longitude: 2.35, population: 2_100_000, kind: "city" };
    const point: NamedPlace = { name: "1, 2", country: null, latitude: 1, longitude: 2, population: null, kind: "coordinate" };
    const found = await findPlaces(" par ", signal, async (text, most) => {
      expect([text, most]).toEqual(["par", 6]);
      return { items: [paris, point] };
    });
    expect(found.map(({ title, more }) => [title, more])).toEqual([
      ["Paris, France", "2,100,000 inhabitants"],
      ["1, 2", null],
    ]);
  });

  it("are not asked for without a text", async () => {
    const refuse = () => Promise.reject(new Error("nobody should ask"));
    await expect(findPlaces("  ", signal, refuse)).resolves.toEqual([]);
  });

  it("fail as the server refuses", async () => {
    const refuse = () => Promise.reject(new ApiError("refused"));
    await expect(findPlaces("x", signal, refuse)).rejects.toThrow(ApiError);
  });
});
