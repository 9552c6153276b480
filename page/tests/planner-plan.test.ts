import { describe, expect, it } from "vitest";
import { MAX_STOPS } from "../src/planner/places";
import {
  given,
  moved,
  NO_STOPS,
  readStops,
  reversed,
  type Stop,
  without,
  withStop,
  withVia,
  writeStops,
} from "../src/planner/plan";

const stop = (latitude: number, title: string | null = null): Stop => ({
  latitude,
  longitude: 2,
  title,
});
const three = [stop(1), stop(2), stop(3)];

describe("the stops of a plan", () => {
  it("take a place for a field, and a field before the last", () => {
    expect(withStop(NO_STOPS, 1, stop(7))).toEqual([null, stop(7)]);
    expect(withVia([stop(1), stop(3)])).toEqual([stop(1), null, stop(3)]);
    expect(withVia([stop(1), stop(3)], stop(2))).toEqual(three);
  });

  it("are no more than the directions take", () => {
    const most = Array.from({ length: MAX_STOPS }, () => stop(1));
    expect(withVia(most)).toHaveLength(MAX_STOPS);
  });

  it("move by one, and stay at the ends", () => {
    expect(moved(three, 1, -1)).toEqual([stop(2), stop(1), stop(3)]);
    expect(moved(three, 1, 1)).toEqual([stop(1), stop(3), stop(2)]);
    expect(moved(three, 0, -1)).toBe(three);
    expect(moved(three, 2, 1)).toBe(three);
  });

  it("turn round, and lose one but never the last two fields", () => {
    expect(reversed(three)).toEqual([stop(3), stop(2), stop(1)]);
    expect(without(three, 1)).toEqual([stop(1), stop(3)]);
    expect(without([stop(1), stop(3)], 0)).toEqual([null, stop(3)]);
    expect(given([null, stop(3)])).toEqual([stop(3)]);
  });
});

describe("a plan in the address", () => {
  it("comes back as it was written, rounded, without names", () => {
    const written = writeStops([stop(48.856614, "Paris"), null, stop(-45)]);
    expect(written).toBe("48.8566,2~~-45,2");
    expect(readStops(written)).toEqual([stop(48.8566), null, stop(-45)]);
  });

  it("is nothing for empty fields", () => {
    expect(writeStops(NO_STOPS)).toBeNull();
    expect(readStops(null)).toBe(NO_STOPS);
    expect(readStops("")).toBe(NO_STOPS);
  });

  it("leaves a field empty that it cannot read, and bounds their number", () => {
    expect(readStops("Paris~48,2")).toEqual([null, stop(48)]);
    expect(readStops("48,2")).toEqual([stop(48), null]);
    expect(readStops("1,2~".repeat(99))).toHaveLength(MAX_STOPS);
  });
});
