/** How far the charge reaches along the route, and where to charge before it ends. */
import { formatDistance, formatKm } from "../format";
import { t } from "../i18n";
import type { StationBeside } from "../planner/ask";
import type { Course } from "../planner/course";
import { type Car, percentAfter } from "../planner/range";
import { nameOfStation, PowerMark } from "./facts";

interface Props {
  readonly car: Car;
  readonly reachM: number;
  readonly course: Course;
  /** `null` while they are not known. */
  readonly proposals: readonly StationBeside[] | null;
  readonly onStation: (id: string) => void;
}

export function PlannerReach({ car, reachM, course, proposals, onStation }: Props) {
  const isEnough = reachM >= course.distanceM;
  return (
    <section class="notice reach" data-enough={isEnough} aria-label={t("planner.reach")}>
      <p role="status">{reachSentence(car, reachM, course)}</p>
      {course.kind === "straight" ? <p class="notice-more">{t("planner.straightRange")}</p> : null}
      {!isEnough && proposals ? <Proposals stations={proposals} onStation={onStation} /> : null}
    </section>
  );
}

function reachSentence(car: Car, reachM: number, { distanceM }: Course): string {
  const reserve = car.reservePercent;
  if (reachM === 0) return t("planner.atReserve", { reserve });
  if (reachM < distanceM) {
    return t("planner.reaches", { at: formatKm(reachM), reserve, left: formatDistance(distanceM - reachM) });
  }
  return t("planner.enough", { percent: Math.round(percentAfter(car, distanceM)) });
}

type ProposalsProps = Pick<Props, "onStation"> & { readonly stations: readonly StationBeside[] };

function Proposals({ stations, onStation }: ProposalsProps) {
  if (stations.length === 0) return <p class="notice-more">{t("planner.noProposals")}</p>;
  return (
    <>
      <p class="notice-more">{t("planner.proposals")}</p>
      <ul class="proposals">
        {stations.map((station) => (
          <li key={station.id}>
            <button type="button" class="proposal" onClick={() => onStation(station.id)}>
              <PowerMark powerKw={station.max_power_kw} />
              <span>
                {nameOfStation(station)}{" "}
                <span class="station-line">{t("planner.at", { at: formatKm(station.along_m) })}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
