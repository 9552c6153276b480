import { describe, expect, it } from "vitest";
import type { BusyHour } from "../src/api";
import { busiestOf, dayOf, hourThere, isTold, levelOf, WEEKDAYS } from "../src/busy";

const hour = (share: number | null, more: Partial<BusyHour> = {}): BusyHour => ({
  weekday: 1,
  hour: 0,
  reports: share === null ? 3 : 20,
  occupied_share: share,
  ...more,
});

describe("what the clock shows at a station", () => {
  const at = (moment: string, zone: string | null) => hourThere(zone, new Date(moment));

  it.each([
    ["2026-06-01T00:00:00Z", "UTC", 1, 0],
    ["2026-05-31T22:00:00Z", "Europe/Paris", 1, 0],
    ["2026-05-31T18:29:00Z", "Asia/Kolkata", 7, 23],
    ["2026-05-31T18:30:00Z", "Asia/Kolkata", 1, 0],
    // The hour that summer time leaves out, and the one that comes twice.
    ["2026-03-29T01:00:00Z", "Europe/Berlin", 7, 3],
    ["2026-10-25T00:30:00Z", "Europe/Berlin", 7, 2],
    ["2026-10-25T01:30:00Z", "Europe/Berlin", 7, 2],
  ])("%s in %s", (moment, zone, weekday, local) => {
    expect(at(moment, zone)).toEqual({ weekday, hour: local });
  });

  it("is not known without a zone that this browser knows", () => {
    expect(at("2026-06-01T00:00:00Z", null)).toBeNull();
    expect(at("2026-06-01T00:00:00Z", "Middle/Earth")).toBeNull();
  });
});

describe("a week of busy hours", () => {
  const week = WEEKDAYS.flatMap((weekday) =>
    Array.from({ length: 24 }, (_, at) => hour(at / 24, { weekday, hour: at })),
  );

  it("has a day for each weekday, in the order of its hours", () => {
    const sunday = dayOf({ hours: week }, 7);
    expect(sunday.map(({ hour: at }) => at)).toEqual([...Array(24).keys()]);
    expect(sunday.every(({ weekday }) => weekday === 7)).toBe(true);
  });

  it("is busiest when most was occupied, first of equals; nothing is no answer", () => {
    const day = [hour(0.2), hour(null, { hour: 1 }), hour(0.6, { hour: 2 }), hour(0.6, { hour: 3 })];
    expect(busiestOf(day)?.hour).toBe(2);
    expect(busiestOf([hour(0)])?.occupied_share).toBe(0);
    expect(busiestOf([hour(null)])).toBeNull();
    expect(busiestOf([])).toBeNull();
  });

  it.each([
    [0, "quiet"],
    [0.33, "quiet"],
    [0.34, "some"],
    [0.66, "some"],
    [0.67, "busy"],
    [1, "busy"],
  ] as const)("%s is %s", (share, level) => {
    const told = hour(share);
    expect(isTold(told) && levelOf(told)).toBe(level);
  });
});
