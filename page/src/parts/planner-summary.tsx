/** How long the route is, by what kind of way, and how many stations lie beside it. */
import { formatDistance, formatDuration } from "../format";
import { t } from "../i18n";
import type { Along } from "../planner/along";
import type { Course } from "../planner/course";

interface Props {
  readonly course: Course | null;
  readonly along: Along;
  readonly isLoading: boolean;
  /** `null` while there is nothing to clear. */
  readonly onClear: (() => void) | null;
}

export function PlannerSummary({ course, along, isLoading, onClear }: Props) {
  return (
    <div class="panel-head">
      <p role="status">
        <span class="count">{countSentence(along, isLoading)}</span>
        {course ? <span class="station-line line">{wayOf(course)}</span> : null}
      </p>
      {onClear ? (
        <button type="button" class="toggle always" onClick={onClear}>
          {t("planner.clear")}
        </button>
      ) : null}
      <div class="progress" data-on={isLoading} />
    </div>
  );
}

function countSentence({ stations, hasMore }: Along, isLoading: boolean): string {
  if (stations === null) return isLoading ? t("planner.loading") : t("planner.title");
  return t(hasMore ? "planner.firstBeside" : "planner.beside", { count: stations.length });
}

function wayOf({ distanceM, durationS, kind }: Course): string {
  const distance = formatDistance(distanceM);
  if (kind === "straight") return t("planner.straight", { distance });
  if (kind === "own") return t("planner.ownLine", { distance });
  return durationS === null
    ? t("planner.road", { distance })
    : t("planner.roadTime", { distance, duration: formatDuration(durationS) });
}
