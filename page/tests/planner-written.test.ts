import { describe, expect, it } from "vitest";
import { MAX_STOPS } from "../src/planner/places";
import { NO_PLAN, type Stop, type Stops, stopsAt } from "../src/planner/plan";
import { readPlan, writePlan } from "../src/planner/written";

const stop = (latitude: number, title: string | null = null): Stop => ({
  latitude,
  longitude: 2,
  title,
});
const planOf = (stops: Stops) => ({ ...NO_PLAN, stops });

describe("a plan in the address", () => {
  it("comes back as it was written, rounded, with its names", () => {
    const written = writePlan({ ...planOf([stop(48.856614, "Paris, France"), null, stop(-45)]), corridorKm: 10 });
    expect(written).toBe("48.8566,2=Paris, France~~-45,2!10");
    expect(readPlan(written)).toEqual({
      ...planOf([stop(48.8566, "Paris, France"), null, stop(-45)]),
      corridorKm: 10,
    });
  });

  it("keeps names from breaking it, and short", () => {
    const written = writePlan(planOf([stop(1, "a~b!c=d"), stop(2, "x".repeat(200))]));
    expect(readPlan(written).stops).toEqual([stop(1, "a b c=d"), stop(2, "x".repeat(60))]);
  });

  it("holds the course of a line, not all of its points", () => {
    const line = Array.from({ length: 1000 }, (_, at) => ({
      latitude: 48 + Math.sin(at / 100),
      longitude: at / 100,
    }));
    const read = readPlan(writePlan({ ...NO_PLAN, line }));
    expect(read.stops).toBe(NO_PLAN.stops);
    expect(read.line).toHaveLength(300);
    expect(read.line?.[0]).toEqual({ latitude: 48, longitude: 0 });
  });

  it("is nothing for empty fields", () => {
    expect(writePlan(NO_PLAN)).toBeNull();
    expect(readPlan(null)).toEqual(NO_PLAN);
    expect(readPlan("")).toEqual(NO_PLAN);
  });

  it("leaves out what it cannot read, and bounds the number of stops", () => {
    expect(readPlan("Paris~48,2!7")).toEqual(planOf([null, stop(48)]));
    expect(readPlan("48,2")).toEqual(planOf([stop(48), null]));
    expect(readPlan("line:?").line).toBeNull();
    expect(readPlan("1,2~".repeat(99)).stops).toHaveLength(MAX_STOPS);
    expect(readPlan("1,2~".repeat(2)).stops).toEqual([
      ...stopsAt([stop(1), stop(1)]).map((one) => one && { ...one, title: null }),
      null,
    ]);
  });
});
