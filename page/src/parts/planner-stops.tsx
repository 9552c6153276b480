/** From, the places between, to. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";
import type { StationMap } from "../map/station-map";
import { MAX_STOPS, type Place } from "../planner/places";
import {
  given,
  letterOf,
  moved,
  nameOfStop,
  type Plan,
  reversed,
  type Stops,
  withNext,
  without,
  withStop,
  withVia,
} from "../planner/plan";
import type { ChangePlan } from "../planner/use-plan";
import { findPosition, sentenceOf } from "../position";
import { PlaceField } from "./place-field";

interface Props {
  readonly map: StationMap | null;
  readonly plan: Plan;
  readonly onChange: ChangePlan;
}

export function PlannerStops({ map, plan: { stops, line }, onChange }: Props) {
  if (line !== null) {
    return (
      <p class="planner-line">
        {t("planner.followsLine")}
        <button type="button" class="chip" onClick={() => onChange({ line: null })}>
          {t("planner.dropLine")}
        </button>
      </p>
    );
  }
  const change = (stops: Stops) => onChange({ stops });
  return (
    <>
      <ol class="stops" aria-label={t("planner.stops")}>
        {stops.map((_, at) => (
          <StopRow key={at} stops={stops} at={at} onChange={change} />
        ))}
      </ol>
      <StopButtons map={map} stops={stops} onChange={change} />
    </>
  );
}

interface RowProps {
  readonly stops: Stops;
  readonly at: number;
  readonly onChange: (stops: Stops) => void;
}

function StopRow({ stops, at, onChange }: RowProps) {
  const stop = stops[at] ?? null;
  const label = labelOf(at, stops.length);
  const stopLetter = letterOf(at);
  return (
    <li class="stop">
      <span class="stop-letter" aria-hidden="true">
        {stopLetter}
      </span>
      <PlaceField
        label={label}
        placeholder={label}
        chosen={stop ? nameOfStop(stop) : ""}
        isTakenOnLeave
        onPlace={({ title, latitude, longitude }) =>
          onChange(withStop(stops, at, { title, latitude, longitude }))
        }
      />
      {stops.length > 2 ? (
        <>
          <IconButton
            label={t("planner.moveUp", { stop: stopLetter })}
            path="M12 19V6M6 11l6-6 6 6"
            isDisabled={at === 0}
            onClick={() => onChange(moved(stops, at, -1))}
          />
          <IconButton
            label={t("planner.moveDown", { stop: stopLetter })}
            path="M12 5v13M6 13l6 6 6-6"
            isDisabled={at === stops.length - 1}
            onClick={() => onChange(moved(stops, at, 1))}
          />
        </>
      ) : null}
      <IconButton
        label={t("planner.remove", { stop: stopLetter })}
        path="M6 6l12 12M18 6L6 18"
        isDisabled={stops.length === 2 && stop === null}
        onClick={() => onChange(without(stops, at))}
      />
    </li>
  );
}

function labelOf(at: number, count: number): string {
  if (at === 0) return t("planner.from");
  return at === count - 1 ? t("planner.to") : t("planner.via");
}

interface IconProps {
  readonly label: string;
  readonly path: string;
  readonly isDisabled: boolean;
  readonly onClick: () => void;
}

/** Stays where the focus is, also when there is nothing to do: `disabled` would lose it. */
function IconButton({ label, path, isDisabled, onClick }: IconProps) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      aria-disabled={isDisabled}
      onClick={() => {
        if (!isDisabled) onClick();
      }}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={path} />
      </svg>
    </button>
  );
}

interface ButtonsProps {
  readonly map: StationMap | null;
  readonly stops: Stops;
  readonly onChange: (stops: Stops) => void;
}

function StopButtons({ map, stops, onChange }: ButtonsProps) {
  const [trouble, setTrouble] = useState<string | null>(null);
  const add = (place: Place) => onChange(withNext(stops, { ...place, title: null }));
  const [isPicking, setPicking] = usePicking(map, add);

  const addHere = () => {
    setTrouble(null);
    findPosition().then(add, (error: unknown) => setTrouble(t(sentenceOf(error))));
  };
  return (
    <div class="planner-buttons">
      {stops.length < MAX_STOPS ? (
        <button type="button" class="chip" onClick={() => onChange(withVia(stops))}>
          {t("planner.addVia")}
        </button>
      ) : null}
      {isSecureContext ? (
        <button type="button" class="chip" onClick={addHere}>
          {t("planner.here")}
        </button>
      ) : null}
      {map ? (
        <button
          type="button"
          class="chip"
          aria-pressed={isPicking}
          onClick={() => setPicking(!isPicking)}
        >
          {t("planner.pick")}
        </button>
      ) : null}
      <IconButton
        label={t("planner.reverse")}
        path="M8 4v15M4 15l4 4 4-4M16 20V5M12 9l4-4 4 4"
        isDisabled={given(stops).length === 0}
        onClick={() => onChange(reversed(stops))}
      />
      {trouble === null ? null : (
        <p class="planner-trouble" role="alert">
          {trouble}
        </p>
      )}
    </div>
  );
}

/** Gives clicks on the map to the plan while it is switched on. */
function usePicking(map: StationMap | null, onPlace: (place: Place) => void) {
  const [isPicking, setPicking] = useState(false);
  useEffect(() => {
    if (!isPicking) return undefined;
    map?.pickPlaces(onPlace);
    return () => map?.pickPlaces(null);
  }, [map, isPicking, onPlace]);
  return [isPicking, setPicking] as const;
}
