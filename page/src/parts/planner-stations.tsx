/** The stations beside a route, in the order in which it passes them. */
import { Fragment } from "preact";
import type { Station } from "../api";
import { formatDistance, formatKm } from "../format";
import { t } from "../i18n";
import type { Along } from "../planner/along";
import type { StationBeside } from "../planner/ask";
import type { Course } from "../planner/course";
import { writeGpx } from "../planner/gpx";
import { given, nameOfStop, type Plan } from "../planner/plan";
import { detourM, isReachable } from "../planner/range";
import { SLOTS } from "../slots";
import { nameOfStation } from "./facts";
import { StationRow } from "./station-row";

interface Props {
  readonly plan: Plan;
  readonly course: Course;
  readonly along: Along;
  readonly stations: readonly StationBeside[];
  /** `null` without a car. */
  readonly reachM: number | null;
  readonly onStation: (id: string) => void;
  readonly onPoint: (station: Station | null) => void;
  readonly underPointer: string | null;
}

export function PlannerStations({ plan, course, along, stations, reachM, ...handlers }: Props) {
  const { onStation, onPoint, underPointer } = handlers;
  const firstBeyond = reachM === null ? -1 : stations.findIndex(({ along_m }) => along_m > reachM);
  return (
    <>
      <ol class="stations" aria-label={t("planner.stations")}>
        {stations.map((station, at) => (
          <Fragment key={station.id}>
            {at === firstBeyond ? <li class="reach-line">{t("planner.endOfCharge")}</li> : null}
            <StationRow
              station={station}
              onStation={onStation}
              onPoint={onPoint}
              isPointedAt={station.id === underPointer}
              side={<Place station={station} reachM={reachM} />}
            >
              {SLOTS.star ? <SLOTS.star id={station.id} name={nameOfStation(station)} /> : null}
            </StationRow>
          </Fragment>
        ))}
      </ol>
      <div class="planner-buttons">
        {along.hasMore ? (
          <button type="button" class="button quiet-button" onClick={along.more}>
            {t("planner.more")}
          </button>
        ) : null}
        <button type="button" class="chip" onClick={() => save(plan, course)}>
          {t("planner.save")}
        </button>
      </div>
    </>
  );
}

type PlaceProps = Pick<Props, "reachM"> & { readonly station: StationBeside };

function Place({ station, reachM }: PlaceProps) {
  const isBeyond = reachM !== null && !isReachable(station, reachM);
  return (
    <>
      <span class="along">{t("planner.at", { at: formatKm(station.along_m) })}</span>
      <span class="station-line">
        {t("planner.detour", { distance: formatDistance(detourM(station)) })}
      </span>
      {isBeyond ? <span class="beyond">{t("planner.beyond")}</span> : null}
    </>
  );
}

/** Hands the browser a GPX file with the route and its stops. */
function save({ stops }: Plan, { line }: Course): void {
  const waypoints = given(stops).map((stop) => ({ ...stop, name: nameOfStop(stop) }));
  const file = new Blob([writeGpx(t("app.title"), line, waypoints)], { type: "application/gpx+xml" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = "route.gpx";
  link.click();
  URL.revokeObjectURL(link.href);
}
