/**
 * Opening hours in words: the part of OSM's `opening_hours` that stations use.
 *
 * "Mo-Fr 08:00-20:00; Sa 09:00-18:00; PH off" becomes lines with the language's own names of
 * days. What goes beyond (months, weeks, sunrise, comments) is shown as it is written.
 */
import { formatTime, formatWeekday } from "./format";
import { t } from "./i18n";

const DAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"] as const;
const TIME = String.raw`(?:[01]\d|2[0-4]):[0-5]\d`;
const SPAN = String.raw`${TIME}-${TIME}`;
const DAY = `(?:${DAYS.join("|")}|PH)`;
const RULE = new RegExp(
  String.raw`^(?:(${DAY}(?:-${DAY})?(?:, ?${DAY}(?:-${DAY})?)*) ?)?(${SPAN}(?:, ?${SPAN})*|off|closed)$`,
);

/** One line for each rule; `null` where the text goes beyond what is read here. */
export function hoursInWords(text: string): readonly string[] | null {
  const written = text.trim();
  if (written === "24/7") return [t("hours.always")];
  const lines: string[] = [];
  for (const rule of written.split(";")) {
    const line = ruleInWords(rule.trim());
    if (line === null) return null;
    lines.push(line);
  }
  return lines;
}

function ruleInWords(rule: string): string | null {
  const match = RULE.exec(rule);
  if (match === null) return null;
  const [, days, hours = ""] = match;
  return t("hours.rule", {
    days: days === undefined ? t("hours.daily") : daysInWords(days),
    times: hoursOfRule(hours),
  });
}

function daysInWords(days: string): string {
  if (days === "Mo-Su") return t("hours.daily");
  return days
    .split(",")
    .map((part) => {
      const [from = "", to] = part.trim().split("-");
      return to === undefined
        ? dayName(from)
        : t("hours.range", { from: dayName(from), to: dayName(to) });
    })
    .join(", ");
}

function dayName(word: string): string {
  const at = DAYS.findIndex((day) => day === word);
  return at < 0 ? t("hours.holidays") : formatWeekday(at + 1, "short");
}

function hoursOfRule(hours: string): string {
  if (hours === "off" || hours === "closed") return t("hours.closed");
  if (hours === "00:00-24:00") return t("hours.wholeDay");
  return hours
    .split(",")
    .map((span) => {
      const [from = "", to = ""] = span.trim().split("-");
      return t("hours.range", { from: timeOfDay(from), to: timeOfDay(to) });
    })
    .join(", ");
}

function timeOfDay(text: string): string {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return formatTime(hours * 60 + minutes);
}
