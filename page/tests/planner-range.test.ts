import { describe, expect, it } from "vitest";
import {
  detourM,
  isReachable,
  lastReachable,
  loadCar,
  rangeM,
  readCar,
  storeCar,
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

  it("names the last stations before the reserve, in the order of the route", () => {
    const stations = [10, 20, 30, 40, 90].map((km) => beside(km, 1));
    expect(lastReachable(stations, 45_000, 2)).toEqual([beside(30, 1), beside(40, 1)]);
    expect(lastReachable(stations, 5_000)).toEqual([]);
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

  it("is forgotten where the browser keeps nothing", () => {
    const closed = () => {
      throw new DOMException("denied", "SecurityError");
    };
    storeCar({ setItem: closed, removeItem: closed }, USUAL_CAR);
    expect(loadCar({ getItem: closed })).toBeNull();
    expect(loadCar({ getItem: () => "{" })).toBeNull();
  });
});
