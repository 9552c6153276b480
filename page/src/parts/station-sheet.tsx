/** All about one station. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { StationDetail } from "../api";
import { availability } from "../features";
import { formatAddress, formatAgo, formatDay, formatKw, webAddress } from "../format";
import { countPlugs, type Plugs } from "../plugs";
import type { OpenStation } from "../station";
import { say } from "../strings";
import { Free, PowerMark } from "./facts";
import { Notice } from "./notice";

interface Props {
  readonly station: OpenStation;
  readonly onClose: () => void;
}

export function StationSheet({ station: { found, error, retry }, onClose }: Props) {
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
          {found ? (found.name ?? found.operator ?? say.nameless) : say.station}
        </h2>
        <button type="button" class="toggle always" onClick={onClose}>
          {say.close}
        </button>
        <div class="progress" data-on={found === null && error === null} />
      </div>
      <div class="panel-body">
        {found ? <Facts station={found} /> : null}
        {found === null && error === null ? <Notice text={say.loadingStation} /> : null}
        {error?.reason === "missing" ? (
          <Notice isAlert text={say.missingStation} actions={[{ label: say.close, onClick: onClose }]} />
        ) : null}
        {error && error.reason !== "missing" ? (
          <Notice
            isAlert
            text={error.reason === "unreachable" ? say.unreachable : say.refused}
            more={error.detail}
            actions={[{ label: say.retry, onClick: retry }]}
          />
        ) : null}
      </div>
    </article>
  );
}

function Facts({ station }: { readonly station: StationDetail }) {
  const website = webAddress(station.url);
  return (
    <>
      {station.synthetic ? (
        <p class="demo in-sheet">
          {say.demo}. <span class="plain">{say.inventedStation}</span>
        </p>
      ) : null}
      <p class="sheet-top">
        <PowerMark powerKw={station.max_power_kw} />
        <Free station={station} />
        <span class="station-line">{reported(station)}</span>
      </p>
      <Directions station={station} />
      <dl class="facts">
        <Fact title={say.connectorsHere}>
          <ul class="connectors">
            {countPlugs(station.evses).map((plugs) => (
              <PlugLine key={JSON.stringify(plugs)} plugs={plugs} />
            ))}
          </ul>
        </Fact>
        <Fact title={say.address}>{formatAddress(station)}</Fact>
        <Fact title={say.operator}>{station.operator}</Fact>
        <Fact title={say.hours}>{hours(station)}</Fact>
        <Fact title={say.accessTitle}>{station.access ? say.access(station.access) : null}</Fact>
        <Fact title={say.price}>{station.price_text}</Fact>
        <Fact title={say.payments}>{station.payments.map(say.payment).join(", ")}</Fact>
        <Fact title={say.phone}>
          {station.phone ? <a href={`tel:${station.phone}`}>{station.phone}</a> : null}
        </Fact>
        <Fact title={say.website}>
          {website ? <Outside to={website}>{new URL(website).host}</Outside> : null}
        </Fact>
        <Fact title={say.source}>
          <Origin station={station} />
        </Fact>
      </dl>
    </>
  );
}

function PlugLine({ plugs }: { readonly plugs: Plugs }) {
  const { standard, sourceWord, maxPowerKw, powerLevel, count, freeCount } = plugs;
  const level = powerLevel === null ? say.unknownPower : say.level(powerLevel);
  return (
    <li>
      <span class="times">{say.times(count)}</span>
      <span>
        {standard === null && sourceWord ? sourceWord : say.standard(standard)}
        {freeCount === null ? null : <span class="station-line"> · {say.freeHere(freeCount)}</span>}
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

function Directions({ station: { latitude, longitude } }: { readonly station: StationDetail }) {
  const place = `${latitude},${longitude}`;
  const ways = [
    [say.navigationApp, `geo:${place}?q=${place}`],
    ["Google Maps", `https://www.google.com/maps/dir/?api=1&destination=${place}`],
    ["Apple Maps", `https://maps.apple.com/?daddr=${place}`],
    [
      "OpenStreetMap",
      `https://www.openstreetmap.org/directions?route=%3B${latitude}%2C${longitude}`,
    ],
  ] as const;
  return (
    <nav class="directions" aria-label={say.directions}>
      <span class="directions-title">{say.directions}</span>
      {ways.map(([name, to]) => (
        <Outside key={name} to={to}>
          {name}
        </Outside>
      ))}
    </nav>
  );
}

function Origin({ station }: { readonly station: StationDetail }) {
  const original = webAddress(station.source_url);
  const updated = formatDay(station.updated_at);
  const verified = station.last_verified_at ? formatDay(station.last_verified_at) : null;
  return (
    <>
      <span class="line">{station.attribution}</span>
      <span class="line">
        {say.licence(station.licence === "unknown" ? say.unknownLicence : station.licence)}
      </span>
      {original ? <Outside to={original}>{say.original}</Outside> : null}
      <span class="line quiet">
        {[updated && say.updated(updated), verified && say.verified(verified)]
          .filter(Boolean)
          .join(", ")}
      </span>
    </>
  );
}

function Outside({ to, children }: { readonly to: string; readonly children: ComponentChildren }) {
  return (
    <a href={to} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}

function hours(station: StationDetail): string | null {
  if (station.open_24_7) return say.always;
  return station.opening_text ?? station.opening_hours ?? null;
}

function reported(station: StationDetail): string | null {
  if (availability(station.available_count) === "unknown") return say.statusUnknown;
  const ago = station.status_updated_at && formatAgo(station.status_updated_at, new Date());
  return ago ? say.reported(ago) : null;
}
