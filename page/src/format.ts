/** Numbers, times and addresses as people read them. */
import type { Station } from "./api";
import { cached } from "./i18n";

const count = cached((into) => new Intl.NumberFormat(into));
const oneDecimal = cached((into) => new Intl.NumberFormat(into, { maximumFractionDigits: 1 }));
const relative = cached((into) => new Intl.RelativeTimeFormat(into, { numeric: "auto" }));
const day = cached((into) => new Intl.DateTimeFormat(into, { dateStyle: "medium", timeZone: "UTC" }));
const shortDays = cached((into) => new Intl.DateTimeFormat(into, { weekday: "short", timeZone: "UTC" }));
const longDays = cached((into) => new Intl.DateTimeFormat(into, { weekday: "long", timeZone: "UTC" }));
const times = cached((into) => new Intl.DateTimeFormat(into, { timeStyle: "short", timeZone: "UTC" }));
const hours = cached((into) => new Intl.DateTimeFormat(into, { hour: "numeric", timeZone: "UTC" }));
const share = cached((into) => new Intl.NumberFormat(into, { style: "percent" }));
const regions = cached((into) => new Intl.DisplayNames(into, { type: "region" }));

/** A Monday, for days and times that have no date. */
const MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

const STEPS: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

export function formatCount(value: number): string {
  return count().format(value);
}

export function formatKw(powerKw: number): string {
  return `${oneDecimal().format(powerKw)} kW`;
}

export function formatDegrees(degrees: number): string {
  return oneDecimal().format(degrees);
}

export function formatDistance(distanceM: number): string {
  if (distanceM < 950) return `${Math.round(distanceM / 10) * 10} m`;
  const km = distanceM / 1000;
  return `${km < 9.95 ? oneDecimal().format(km) : count().format(Math.round(km))} km`;
}

/** Whole kilometres without their unit, as on the posts beside a road. */
export function formatKm(distanceM: number): string {
  return count().format(Math.round(distanceM / 1000));
}

/** "4 h 5 min". */
export function formatDuration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return [hours > 0 ? `${count().format(hours)} h` : "", `${minutes % 60} min`].filter(Boolean).join(" ");
}

/** "5 minutes ago"; anything below a minute is "now". */
export function formatAgo(moment: string, now: Date): string | null {
  const seconds = (Date.parse(moment) - now.getTime()) / 1000;
  if (Number.isNaN(seconds)) return null;
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return relative().format(Math.trunc(seconds / length), unit);
  }
  return relative().format(0, "second");
}

export function formatDay(moment: string): string | null {
  const time = Date.parse(moment);
  return Number.isNaN(time) ? null : day().format(time);
}

/** From 1, Monday, to 7. */
export function formatWeekday(weekday: number, style: "short" | "long"): string {
  return (style === "short" ? shortDays : longDays)().format(MONDAY + (weekday - 1) * DAY_MS);
}

/** "8:30 PM". */
export function formatTime(minuteOfDay: number): string {
  return times().format(MONDAY + minuteOfDay * 60_000);
}

/** "8 PM". */
export function formatHour(hourOfDay: number): string {
  return hours().format(MONDAY + hourOfDay * 3_600_000);
}

/** 0.5 is "50%". */
export function formatShare(part: number): string {
  return share().format(part);
}

export function formatAddress(station: Pick<Station, "address" | "country">): string {
  const { street, postal_code, city, state } = station.address;
  const town = [postal_code, city].filter(Boolean).join(" ");
  return [street, town, state === city ? null : state, countryName(station.country)]
    .filter(Boolean)
    .join(", ");
}

export function countryName(country: string | null): string | null {
  if (country === null) return null;
  try {
    return regions().of(country) ?? country;
  } catch {
    return country;
  }
}

/** The address, if it is one that a browser may safely follow. */
export function webAddress(text: string | null | undefined): string | null {
  if (!text) return null;
  try {
    const address = new URL(/^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `https://${text}`);
    return address.protocol === "https:" || address.protocol === "http:" ? address.href : null;
  } catch {
    return null;
  }
}

/** For comparing: case and accents do not count. */
export function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
}
