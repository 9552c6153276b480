import { describe, expect, it } from "vitest";
import { MAX_STOPS } from "../src/planner/places";
import {
  given,
  letterOf,
  moved,
  nameOfStop,
  NO_STOPS,
  reversed,
  type Stop,
  stopsAt,
  withNext,
  without,
  withStop,
  withVia,
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

  it("take a place for the first field that is empty, else before the last", () => {
    expect(withNext([stop(1), null], stop(7))).toEqual([stop(1), stop(7)]);
    expect(withNext([stop(1), stop(3)], stop(2))).toEqual(three);
  });

  it("are called by their names, else by where they are, and by a letter", () => {
    expect(nameOfStop(stop(1, "Paris"))).toBe("Paris");
    expect(stopsAt([{ latitude: 1, longitude: 2 }]).map((one) => one && nameOfStop(one))).toEqual([
      "1.0000, 2.0000",
    ]);
    expect([0, 2].map(letterOf)).toEqual(["A", "C"]);
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
