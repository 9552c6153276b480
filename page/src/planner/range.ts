/** How far a car gets before it must charge. */
import type { StationItem } from "../../generated/api";

export interface Car {
  readonly batteryKwh: number;
  readonly consumptionKwhPer100Km: number;
  /** 0 to 100, now and as little as the driver wants to arrive with. */
  readonly chargePercent: number;
  readonly reservePercent: number;
}

export const USUAL_CAR: Car = {
  batteryKwh: 60,
  consumptionKwhPer100Km: 18,
  chargePercent: 80,
  reservePercent: 10,
};

/** What the fields take. */
export const CAR_BOUNDS: Readonly<Record<keyof Car, readonly [low: number, high: number]>> = {
  batteryKwh: [5, 1000],
  consumptionKwhPer100Km: [5, 300],
  chargePercent: [0, 100],
  reservePercent: [0, 90],
};

/**
 * A station beside a route, as the API measures it: along it from the start to where it comes
 * nearest, and from there as the crow flies.
 */
export type Beside = Readonly<Record<keyof Pick<StationItem, "along_m" | "distance_m">, number>>;

const STORED_AS = "voltway.car";
const LONGEST_STRETCH_M = 80_000;
const LAST_SHARE = 0.4;

/** Metres until only the reserve is left; 0 where it is reached already. */
export function rangeM(car: Car): number {
  const usableKwh = (car.batteryKwh * (car.chargePercent - car.reservePercent)) / 100;
  return Math.max(0, (usableKwh / car.consumptionKwhPer100Km) * 100_000);
}

/** There and back again: roads are longer than the crow's flight, so this is the least. */
export function detourM({ distance_m }: Beside): number {
  return 2 * distance_m;
}

export function isReachable({ along_m, distance_m }: Beside, reachM: number): boolean {
  return along_m + distance_m <= reachM;
}

/** What is left at the end of a way, in percent; below 0 where the battery does not hold it. */
export function percentAfter(car: Car, wayM: number): number {
  const usedKwh = (wayM / 100_000) * car.consumptionKwhPer100Km;
  return car.chargePercent - (100 * usedKwh) / car.batteryKwh;
}

/** Where a stop pays most, at a range: late, but before the reserve is touched. */
export function stretchM(reachM: number): readonly [fromM: number, toM: number] {
  return [Math.max(0, reachM - Math.min(LONGEST_STRETCH_M, reachM * LAST_SHARE)), reachM];
}

/** The car of the last visit; kept in this browser alone. */
export function loadCar(storage: Pick<Storage, "getItem">): Car | null {
  try {
    return readCar(JSON.parse(storage.getItem(STORED_AS) ?? "null"));
  } catch {
    return null;
  }
}

export function storeCar(storage: Pick<Storage, "setItem" | "removeItem">, car: Car | null): void {
  if (car === null) storage.removeItem(STORED_AS);
  else storage.setItem(STORED_AS, JSON.stringify(car));
}

/** `null` unless every number is there and within its bounds. */
export function readCar(written: unknown): Car | null {
  if (typeof written !== "object" || written === null) return null;
  const numbers = written as Record<string, unknown>;
  const isWithin = (name: string, [low, high]: readonly [number, number]) => {
    const value = numbers[name];
    return typeof value === "number" && value >= low && value <= high;
  };
  const isWhole = Object.entries(CAR_BOUNDS).every(([name, bounds]) => isWithin(name, bounds));
  if (!isWhole) return null;
  const { batteryKwh, consumptionKwhPer100Km, chargePercent, reservePercent } = written as Car;
  return { batteryKwh, consumptionKwhPer100Km, chargePercent, reservePercent };
}
