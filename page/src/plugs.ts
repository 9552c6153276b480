/** The connectors of a station's bays, alike ones counted together. */
import type { Evse } from "./api";

/** What is counted of a bay. */
export type Bay = Pick<Evse, "status" | "power_level"> & {
  readonly connectors: readonly Pick<
    Evse["connectors"][number],
    "standard" | "source_word" | "max_power_kw"
  >[];
};

export interface Plugs {
  readonly standard: string | null;
  readonly sourceWord: string | null;
  readonly maxPowerKw: number | null;
  /** A class where the source gives no kW. */
  readonly powerLevel: string | null;
  readonly count: number;
  /** At bays that are free; `null` where no bay of these reports. */
  readonly freeCount: number | null;
}

/** Strongest first. */
export function countPlugs(evses: readonly Bay[]): Plugs[] {
  const groups = new Map<string, Plugs>();
  for (const { status, power_level: powerLevel, connectors } of evses) {
    for (const { standard, source_word: sourceWord, max_power_kw: maxPowerKw } of connectors) {
      const key = JSON.stringify([standard ?? sourceWord, maxPowerKw, powerLevel]);
      const known = groups.get(key);
      groups.set(key, {
        standard,
        sourceWord,
        maxPowerKw,
        powerLevel,
        count: (known?.count ?? 0) + 1,
        freeCount: addFree(known?.freeCount ?? null, status),
      });
    }
  }
  return [...groups.values()].sort(
    (one, other) => (other.maxPowerKw ?? -1) - (one.maxPowerKw ?? -1),
  );
}

function addFree(freeCount: number | null, status: string): number | null {
  if (status === "UNKNOWN") return freeCount;
  return (freeCount ?? 0) + (status === "AVAILABLE" ? 1 : 0);
}
