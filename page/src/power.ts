/**
 * Power classes of a station, by its strongest connector.
 *
 * A class is told by shape and number as well as by colour, so that nobody needs to see colour.
 */
export type PowerClass = "unknown" | "normal" | "fast" | "ultra";

/** Weakest first; the order in which markers are drawn over each other. */
export const POWER_CLASSES: readonly PowerClass[] = ["unknown", "normal", "fast", "ultra"];

/** From here on, in kW, a station is fast: more than a three-phase household line gives. */
export const FAST_FROM_KW = 43;
/** From here on, in kW, it is ultra-fast (the EU's AFIR counts these along its main roads). */
export const ULTRA_FROM_KW = 150;

export function powerClass(maxPowerKw: number | null): PowerClass {
  if (maxPowerKw === null) return "unknown";
  if (maxPowerKw >= ULTRA_FROM_KW) return "ultra";
  return maxPowerKw >= FAST_FROM_KW ? "fast" : "normal";
}
