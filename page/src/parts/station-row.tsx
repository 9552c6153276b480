/** A station in a list: a button that opens it, and what stands beside that. */
import type { ComponentChildren } from "preact";
import type { Station } from "../api";
import { formatAddress, formatDistance } from "../format";
import { connectorNames, Free, nameOfStation, PowerMark } from "./facts";

interface Props {
  readonly station: Station;
  readonly onStation: (id: string) => void;
  /** The row that a pointer or the focus is on, to be told apart on the map. */
  readonly onPoint?: (station: Station | null) => void;
  readonly isPointedAt?: boolean;
  /** Said in place of the free bays. */
  readonly remark?: string | null;
  /** Said below the free bays, in place of how far it is. */
  readonly side?: ComponentChildren;
  readonly children?: ComponentChildren;
}

export function StationRow({ station, onStation, onPoint, isPointedAt = false, ...more }: Props) {
  const { remark, side, children } = more;
  const point = () => onPoint?.(station);
  const leave = () => onPoint?.(null);
  return (
    <li class="station-row" data-pointed={isPointedAt}>
      <button
        type="button"
        class="station"
        data-station={station.id}
        onMouseEnter={point}
        onFocus={point}
        onMouseLeave={leave}
        onBlur={leave}
        onClick={() => onStation(station.id)}
      >
        <PowerMark powerKw={station.max_power_kw} />
        <span class="station-text">
          <span class="station-name">{nameOfStation(station)}</span>
          <span class="station-line">{formatAddress(station)}</span>
          <span class="station-line">{connectorNames(station)}</span>
          {remark ? <span class="station-remark">{remark}</span> : null}
        </span>
        <span class="station-side">
          {remark ? null : <Free station={station} />}
          {side ?? <Away station={station} />}
        </span>
      </button>
      {children}
    </li>
  );
}

function Away({ station: { distance_m } }: Pick<Props, "station">) {
  if (typeof distance_m !== "number") return null;
  return <span class="station-line">{formatDistance(distance_m)}</span>;
}
