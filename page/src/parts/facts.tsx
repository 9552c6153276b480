/** Small pieces that list and sheet share. */
import type { Station } from "../api";
import { availability } from "../features";
import { formatKw } from "../format";
import { powerClass } from "../power";
import { nameOf, t } from "../i18n";

/** Strongest power in the shape of its class, as on the map. */
export function PowerMark({ powerKw }: { readonly powerKw: number | null }) {
  const kind = powerClass(powerKw);
  return (
    <span class="power-mark" data-power={kind}>
      {powerKw === null ? <span class="visually-hidden">{t("station.unknownPower")}</span> : null}
      {powerKw === null ? <span aria-hidden="true">?</span> : formatKw(powerKw)}
    </span>
  );
}

export function nameOfStation(station: Pick<Station, "name" | "operator">): string {
  return station.name ?? station.operator ?? t("station.nameless");
}

type Bays = Pick<Station, "available_count" | "evse_count">;

export function Free({ station }: { readonly station: Bays }) {
  const kind = availability(station.available_count);
  return (
    <span class="free" data-free={kind}>
      {kind === "free" ? freeOf(station) : null}
      {kind === "taken" ? t("station.taken") : null}
      {kind === "unknown" ? t("station.bays", { count: station.evse_count }) : null}
    </span>
  );
}

function freeOf({ available_count, evse_count }: Bays): string {
  return t("station.free", { free: available_count ?? 0, all: evse_count });
}

/** An unknown standard keeps the API's word for it. */
export function standardName(standard: string | null): string {
  if (standard === null) return t("station.otherConnector");
  return nameOf("standard", standard) ?? standard.replaceAll("_", " ");
}

/** Names of a station's connectors, each once, strongest first. */
export function connectorNames(station: Pick<Station, "connectors">): string {
  return [...new Set(station.connectors.map(({ standard }) => standardName(standard)))].join(" · ");
}
