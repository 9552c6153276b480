/** How busy a station has been, hour by hour, as people ask for it. */
import type { BusyHour, BusyHours } from "./api";

/** An hour whose reports were enough to tell a share. */
export type ToldHour = BusyHour & { readonly occupied_share: number };

export interface HourOfWeek {
  /** From 1, Monday, to 7. */
  readonly weekday: number;
  readonly hour: number;
}

export type Level = "quiet" | "some" | "busy";

export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;
const NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** What the clock shows at the station; `null` where its time zone is not known, or not here. */
export function hourThere(timeZone: string | null, moment: Date): HourOfWeek | null {
  if (timeZone === null) return null;
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      weekday: "short",
      hour: "numeric",
      hourCycle: "h23",
    });
    const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, value]));
    return { weekday: NAMES.indexOf(parts.get("weekday") ?? "") + 1, hour: Number(parts.get("hour")) };
  } catch {
    return null;
  }
}

/** The 24 hours of one day of the week, in their order. */
export function dayOf({ hours }: Pick<BusyHours, "hours">, weekday: number): readonly BusyHour[] {
  return hours.filter((hour) => hour.weekday === weekday);
}

export function isTold(hour: BusyHour | undefined): hour is ToldHour {
  return typeof hour?.occupied_share === "number";
}

/** The first of those hours that were occupied most. */
export function busiestOf(hours: readonly BusyHour[]): ToldHour | null {
  const told = hours.filter(isTold);
  const most = Math.max(...told.map((hour) => hour.occupied_share));
  return told.find((hour) => hour.occupied_share === most) ?? null;
}

/** In thirds: a share of so few reports is no finer. */
export function levelOf({ occupied_share: share }: ToldHour): Level {
  if (share < 1 / 3) return "quiet";
  return share < 2 / 3 ? "some" : "busy";
}
