import { describe, expect, it } from "vitest";
import { thinned } from "../build/thinned.mjs";

describe("a thinned line", () => {
  it("leaves out what strays too little", () => {
    const line = [[0, 0], [1, 0.005], [2, 0], [3, 1], [4, 0]];
    expect(thinned(line, 0.01)).toEqual([[0, 0], [2, 0], [3, 1], [4, 0]]);
    expect(thinned(line, 0)).toBe(line);
  });

  it("keeps a small island as it is", () => {
    const island = [[0, 0], [0.001, 0], [0.001, 0.001], [0, 0]];
    expect(thinned(island, 0.01)).toBe(island);
  });
});
