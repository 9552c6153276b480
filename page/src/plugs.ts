/** The connectors of a station's bays, alike ones counted together. */
import type { Evse } from "./api";

/** What is counted of a bay. */
export type Bay = Pick<Evse, "status" | "power_level"> & {
  readonly connectors: readonly Pick<
    Evse["connectors"][number],
    "standard" | "source_word" | "max_power_kw"
  >[];
};

export type Status = Evse["status"];

export interface Plugs {
  readonly standard: string | null;
  readonly sourceWord: string | null;
  readonly maxPowerKw: number | null;
  /** A class where the source gives no kW. */
  readonly powerLevel: string | null;
  readonly count: number;
  /** How many are at bays of each status, what a driver hopes for first. */
  readonly states: readonly (readonly [status: Status, count: number])[];
}

const ORDER: readonly Status[] = [
  "AVAILABLE",
  "CHARGING",
  "RESERVED",
  "BLOCKED",
  "OUTOFORDER",
  "INOPERATIVE",
  "PLANNED",
  "REMOVED",
  "UNKNOWN",
];

/** Strongest first. */
export function countPlugs(bays: readonly Bay[]): Plugs[] {
  const groups = new Map<string, { one: Omit<Plugs, "count" | "states">; at: Status[] }>();
  for (const { status, power_level: powerLevel, connectors } of bays) {
    for (const { standard, source_word: sourceWord, max_power_kw: maxPowerKw } of connectors) {
      const key = JSON.stringify([standard ?? sourceWord, maxPowerKw, powerLevel]);
      const one = { standard, sourceWord, maxPowerKw, powerLevel };
      const group = groups.get(key) ?? { one, at: [] };
      group.at.push(status);
      groups.set(key, group);
    }
  }
  return [...groups.values()]
    .map(({ one, at }) => ({ ...one, count: at.length, states: countStates(at) }))
    .sort((one, other) => (other.maxPowerKw ?? -1) - (one.maxPowerKw ?? -1));
}

function countStates(at: readonly Status[]): Plugs["states"] {
  const known = ORDER.map((status) => [status, at.filter((one) => one === status).length] as const);
  return known.filter(([, count]) => count > 0);
}
