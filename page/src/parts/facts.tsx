/** Small pieces that list and sheet share. */
import type { Station } from "../api";
import { availability } from "../features";
import { formatKw } from "../format";
import { powerClass } from "../power";
import { say } from "../strings";

/** Strongest power in the shape of its class, as on the map. */
export function PowerMark({ powerKw }: { readonly powerKw: number | null }) {
  const kind = powerClass(powerKw);
  return (
    <span class="power-mark" data-power={kind}>
      {powerKw === null ? <span class="visually-hidden">{say.unknownPower}</span> : null}
      {powerKw === null ? <span aria-hidden="true">?</span> : formatKw(powerKw)}
    </span>
  );
}

type Bays = Pick<Station, "available_count" | "evse_count">;

export function Free({ station }: { readonly station: Bays }) {
  const kind = availability(station.available_count);
  return (
    <span class="free" data-free={kind}>
      {kind === "free" ? say.free(station.available_count ?? 0, station.evse_count) : null}
      {kind === "taken" ? say.taken : null}
      {kind === "unknown" ? say.bays(station.evse_count) : null}
    </span>
  );
}

/** Names of a station's connectors, each once, strongest first. */
export function connectorNames(station: Pick<Station, "connectors">): string {
  return [...new Set(station.connectors.map(({ standard }) => say.standard(standard)))].join(" · ");
}
