/** All about one station. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Source, StationDetail } from "../api";
import { availability } from "../features";
import { formatAddress, formatAgo, formatKw, webAddress } from "../format";
import { countPlugs, type Plugs } from "../plugs";
import type { OpenStation } from "../station";
import { hoursInWords } from "../hours";
import { nameOf, t } from "../i18n";
import { SLOTS } from "../slots";
import { Outside, WaysThere } from "./ways-there";
import { BusyHours } from "./busy-hours";
import { Free, nameOfStation, PowerMark, standardName } from "./facts";
import { Notice } from "./notice";
import { Origin, Others } from "./origin";

/** Between a number and what it counts. */
const NO_BREAK = "\u00a0";

interface Props {
  readonly station: OpenStation;
  readonly sources: readonly Source[];
  readonly onClose: () => void;
}

export function StationSheet({ station: { found, error, retry }, sources, onClose }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [found]);

  return (
    <article
      class="sheet"
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <div class="panel-head">
        <h2 class="sheet-name" ref={heading} tabIndex={-1}>
          {found ? nameOfStation(found) : t("station.title")}
        </h2>
        {found && SLOTS.star ? <SLOTS.star id={found.id} name={nameOfStation(found)} /> : null}
        <button type="button" class="toggle always" onClick={onClose}>
          {t("app.close")}
        </button>
        <div class="progress" data-on={found === null && error === null} />
      </div>
      <div class="panel-body">
        {found ? <Facts station={found} sources={sources} /> : null}
        {found === null && error === null ? <Notice text={t("station.loading")} /> : null}
        {error?.reason === "missing" ? (
          <Notice isAlert text={t("station.missing")} actions={[{ label: t("app.close"), onClick: onClose }]} />
        ) : null}
        {error && error.reason !== "missing" ? (
          <Notice
            isAlert
            text={error.reason === "unreachable" ? t("app.unreachable") : t("app.refused")}
            more={error.detail}
            actions={[{ label: t("app.retry"), onClick: retry }]}
          />
        ) : null}
      </div>
    </article>
  );
}

interface FactsProps {
  readonly station: StationDetail;
  readonly sources: readonly Source[];
}

function Facts({ station, sources }: FactsProps) {
  const website = webAddress(station.url);
  return (
    <>
      {station.synthetic ? (
        <p class="demo in-sheet">
          {t("demo.badge")}. <span class="plain">{t("demo.station")}</span>
        </p>
      ) : null}
      <p class="sheet-top">
        <PowerMark powerKw={station.max_power_kw} />
        <Free station={station} />
        <span class="station-line">{reported(station)}</span>
      </p>
      <WaysThere station={station} />
      <dl class="facts">
        <Fact title={t("station.connectors")}>
          <ul class="connectors">
            {countPlugs(station.evses).map((plugs) => (
              <PlugLine key={JSON.stringify(plugs)} plugs={plugs} />
            ))}
          </ul>
        </Fact>
        <Fact title={t("station.address")}>{formatAddress(station)}</Fact>
        <Fact title={t("station.operator")}>{station.operator}</Fact>
        <Fact title={t("station.hours")}>
          {hours(station)?.map((line) => (
            <span key={line} class="line">
              {line}
            </span>
          ))}
        </Fact>
        <Fact title={t("busy.title")}>
          {hasReported(station) ? <BusyHours key={station.id} id={station.id} /> : null}
        </Fact>
        <Fact title={t("station.access")}>{station.access ? (nameOf("access", station.access) ?? station.access) : null}</Fact>
        <Fact title={t("station.price")}>{station.price_text}</Fact>
        <Fact title={t("station.payments")}>{station.payments.map((way) => nameOf("payment", way) ?? way).join(", ")}</Fact>
        <Fact title={t("station.phone")}>
          {station.phone ? <a href={`tel:${station.phone}`}>{station.phone}</a> : null}
        </Fact>
        <Fact title={t("station.website")}>
          {website ? <Outside to={website}>{new URL(website).host}</Outside> : null}
        </Fact>
        <Fact title={t("station.source")}>
          <Origin station={station} />
        </Fact>
        <Fact title={t("station.alsoIn")}>
          {station.same_place.length > 0 ? <Others ids={station.same_place} sources={sources} /> : null}
        </Fact>
      </dl>
    </>
  );
}

function PlugLine({ plugs }: { readonly plugs: Plugs }) {
  const { standard, sourceWord, maxPowerKw, powerLevel, count } = plugs;
  const states = statesInWords(plugs);
  const level = powerLevel === null ? t("station.unknownPower") : (nameOf("level", powerLevel) ?? powerLevel);
  return (
    <li>
      <span class="times">{t("station.times", { count })}</span>
      <span>
        {standard === null && sourceWord ? sourceWord : standardName(standard)}
        {states === null ? null : <span class="station-line"> · {states}</span>}
      </span>
      <span class="kw">{maxPowerKw === null ? level : formatKw(maxPowerKw)}</span>
    </li>
  );
}

function Fact({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  if (children === null || children === undefined || children === "") return null;
  return (
    <div class="fact">
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** `null` where no bay of these reports: the sheet says so once, above. */
function statesInWords({ states }: Plugs): string | null {
  if (states.every(([status]) => status === "UNKNOWN")) return null;
  const words = states.map(([status, count]) => t(`state.${status}`, { count }));
  return words.map((word) => word.replaceAll(" ", NO_BREAK)).join(", ");
}

/** What never said whether it is free has no busy hours to ask for. */
function hasReported({ evses }: StationDetail): boolean {
  return evses.some(({ status_updated_at }) => status_updated_at !== null);
}

function hours(station: StationDetail): readonly string[] | null {
  if (station.open_24_7) return [t("hours.always")];
  const { opening_hours: written, opening_text: told } = station;
  const words = written === null ? null : hoursInWords(written);
  return words ?? (told ?? written)?.split("\n") ?? null;
}

function reported(station: StationDetail): string | null {
  const ago = station.status_updated_at && formatAgo(station.status_updated_at, new Date());
  if (availability(station.available_count) !== "unknown") {
    return ago ? t("station.reported", { ago }) : null;
  }
  const isStale = station.evses.some(({ status_reason }) => status_reason === "stale");
  return isStale && ago ? t("station.stale", { ago }) : t("station.noStatus");
}
