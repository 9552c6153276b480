/** When a station is busy: a day of its week at a time, as a chart and as a table. */
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { BusyHour, BusyHours as Week } from "../api";
import {
  busiestOf,
  dayOf,
  type HourOfWeek,
  hourThere,
  isTold,
  levelOf,
  type ToldHour,
  WEEKDAYS,
} from "../busy";
import { formatDay, formatHour, formatShare, formatWeekday } from "../format";
import { t } from "../i18n";
import { useBusyHours } from "../station";
import { BusyChart } from "./busy-chart";

/** Asks the server when the visitor comes near, not before. */
export function BusyHours({ id }: { readonly id: string }) {
  const place = useRef<HTMLDivElement>(null);
  const { found, error } = useBusyHours(useSeen(place) ? id : null);
  return (
    <div class="busy" ref={place} aria-busy={found === null && error === null}>
      {error ? <p class="quiet">{t("busy.failed")}</p> : null}
      {found === null && error === null ? <p class="quiet busy-wait">{t("busy.loading")}</p> : null}
      {found ? <Told busy={found} /> : null}
    </div>
  );
}

function useSeen(place: RefObject<Element | null>): boolean {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (place.current === null) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [place]);
  return isSeen;
}

function Told({ busy }: { readonly busy: Week }) {
  const now = hourThere(busy.time_zone, new Date());
  const [weekday, setWeekday] = useState(now?.weekday ?? WEEKDAYS[0]);
  if (busiestOf(busy.hours) === null) {
    return <p class="quiet">{t("busy.tooFew", { count: busy.reports })}</p>;
  }
  const day = dayOf(busy, weekday);
  const since = busy.since === null ? null : formatDay(busy.since);
  return (
    <>
      <Days chosen={weekday} onChoose={setWeekday} />
      <Day day={day} now={now?.weekday === weekday ? now : null} name={formatWeekday(weekday, "long")} />
      {since ? <p class="quiet">{t("busy.basis", { count: busy.reports, since })}</p> : null}
    </>
  );
}

interface DaysProps {
  readonly chosen: number;
  readonly onChoose: (weekday: number) => void;
}

function Days({ chosen, onChoose }: DaysProps) {
  return (
    <fieldset class="busy-days">
      <legend class="visually-hidden">{t("busy.days")}</legend>
      {WEEKDAYS.map((weekday) => (
        <label key={weekday} class="busy-day">
          <input
            type="radio"
            name="busy-day"
            aria-label={formatWeekday(weekday, "long")}
            checked={weekday === chosen}
            onChange={() => onChoose(weekday)}
          />
          <span aria-hidden="true">{formatWeekday(weekday, "short")}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface DayProps {
  readonly day: readonly BusyHour[];
  /** The present hour, if it is of this day. */
  readonly now: HourOfWeek | null;
  readonly name: string;
}

function Day({ day, now, name }: DayProps) {
  const busiest = busiestOf(day);
  if (busiest === null) return <p>{t("busy.noDay", { day: name })}</p>;
  const present = day.find(({ hour }) => hour === now?.hour);
  const peak = t("busy.peak", {
    day: name,
    time: formatHour(busiest.hour),
    share: formatShare(busiest.occupied_share),
  });
  return (
    <>
      <p aria-live="polite">
        {isTold(present) ? <span class="line">{inWords(present)}</span> : null}
        <span class="line">{peak}</span>
      </p>
      <BusyChart day={day} now={now} label={peak} />
      <details class="busy-table">
        <summary>{t("busy.asTable")}</summary>
        <Table day={day} caption={name} />
      </details>
    </>
  );
}

function inWords(present: ToldHour): string {
  return t("busy.now", {
    level: t(`busy.level.${levelOf(present)}`),
    share: formatShare(present.occupied_share),
    count: present.reports,
  });
}

function Table({ day, caption }: { readonly day: readonly BusyHour[]; readonly caption: string }) {
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{t("busy.hour")}</th>
          <th scope="col">{t("busy.occupied")}</th>
          <th scope="col">{t("busy.reports")}</th>
        </tr>
      </thead>
      <tbody>
        {day.map((hour) => (
          <tr key={hour.hour}>
            <th scope="row">{formatHour(hour.hour)}</th>
            <td>{isTold(hour) ? formatShare(hour.occupied_share) : t("busy.fewReports")}</td>
            <td>{hour.reports}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
