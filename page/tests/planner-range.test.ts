import { describe, expect, it } from "vitest";
import {
  detourM,
  isReachable,
  loadCar,
  percentAfter,
  rangeM,
  readCar,
  storeCar,
  stretchM,
  USUAL_CAR,
} from "../src/planner/range";

const beside = (alongKm: number, offKm: number) => ({
  along_m: alongKm * 1000,
  distance_m: offKm * 1000,
});

function memory(): Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  const kept = new Map<string, string>();
  return {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
}

describe("the range of a car", () => {
  it("is what the battery holds above the reserve", () => {
    // 60 kWh, from 80 % to 10 %: 42 kWh at 18 kWh per 100 km.
    expect(rangeM(USUAL_CAR)).toBeCloseTo(233_333.33, 1);
    expect(rangeM({ ...USUAL_CAR, chargePercent: 5 })).toBe(0);
  });

  it("must reach to the station itself", () => {
    expect(isReachable(beside(99, 1), 100_000)).toBe(true);
    expect(isReachable(beside(99, 1.1), 100_000)).toBe(false);
    expect(detourM(beside(99, 1))).toBe(2_000);
  });

  it("is best used up late, before the reserve", () => {
    expect(stretchM(100_000)).toEqual([60_000, 100_000]);
    expect(stretchM(400_000)).toEqual([320_000, 400_000]);
  });

  it("is used up along the way", () => {
    expect(percentAfter(USUAL_CAR, 0)).toBe(80);
    expect(percentAfter(USUAL_CAR, rangeM(USUAL_CAR))).toBeCloseTo(10, 9);
  });
});

describe("the car", () => {
  it("is kept until the next visit", () => {
    const storage = memory();
    expect(loadCar(storage)).toBeNull();
    storeCar(storage, USUAL_CAR);
    expect(loadCar(storage)).toEqual(USUAL_CAR);
    storeCar(storage, null);
    expect(loadCar(storage)).toBeNull();
  });

  it.each([null, 7, {}, { ...USUAL_CAR, batteryKwh: 0 }, { ...USUAL_CAR, chargePercent: "80" }])(
    "is not read from %j",
    (written) => expect(readCar(written)).toBeNull(),
  );

  it("is unknown where what was kept cannot be read", () => {
    expect(loadCar({ getItem: () => "{" })).toBeNull();
  });
});
