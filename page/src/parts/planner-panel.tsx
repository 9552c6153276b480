/** The route planner beside the map: where to, how far off the road, and which stations lie there. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { useAlong, useProposals } from "../planner/along";
import { useCourse } from "../planner/course";
import { useOnMap } from "../planner/on-map";
import { NO_PLAN, type Plan } from "../planner/plan";
import { rangeM } from "../planner/range";
import { useCar } from "../planner/use-car";
import { type ChangePlan, usePlan } from "../planner/use-plan";
import type { PlannerProps } from "../slots";
import { PlannerCar } from "./planner-car";
import { PlannerCorridor } from "./planner-corridor";
import { DropZone, PlannerImport } from "./planner-import";
import { PlannerReach } from "./planner-reach";
import { PlannerStations } from "./planner-stations";
import { PlannerStops } from "./planner-stops";
import { PlannerSummary } from "./planner-summary";
import { PlannerTroubles } from "./planner-troubles";

export function Planner({ map, filters, route, onRoute, onStation, ...pointing }: PlannerProps) {
  const [plan, change] = usePlan(route, onRoute);
  const [car, setCar] = useCar();
  const [fileTrouble, setFileTrouble] = useState<string | null>(null);
  const finding = useCourse(plan);
  const { course } = finding;
  const along = useAlong(course, plan.corridorKm, filters);
  const reachM = useMemo(() => car && rangeM(car), [car]);
  const proposals = useProposals(course, reachM, plan.corridorKm, filters);
  useOnMap(map, plan, { course, stations: along.stations, reachM }, change);

  const body = useKeptFocus(plan);
  const isEmpty = course === null && !finding.isLoading && finding.error === null;
  const edit: ChangePlan = (part) => {
    setFileTrouble(null);
    change(part);
  };
  return (
    <DropZone onLine={(line) => edit({ line })} onTrouble={setFileTrouble}>
      <PlannerSummary
        course={course}
        along={along}
        isLoading={finding.isLoading || along.isLoading}
        onClear={route === null ? null : () => edit(NO_PLAN)}
      />
      <div class="panel-body planner" ref={body} tabIndex={-1}>
        <PlannerStops map={map} plan={plan} onChange={edit} />
        <div class="planner-options">
          <PlannerCorridor corridorKm={plan.corridorKm} onChange={edit} />
          <PlannerCar car={car} onChange={setCar} />
        </div>
        {isEmpty ? (
          <>
            <p class="hint">{t("planner.hint")}</p>
            <PlannerImport
              onTrouble={setFileTrouble}
              onLine={(line) => edit({ line })}
              onStops={(stops) => edit({ stops, line: null })}
            />
          </>
        ) : null}
        {fileTrouble === null ? null : (
          <p class="planner-trouble" role="alert">
            {fileTrouble}
          </p>
        )}
        <PlannerTroubles
          plan={plan}
          finding={finding}
          along={along}
          filters={filters}
          onChange={edit}
        />
        {course && car && reachM !== null ? (
          <PlannerReach
            car={car}
            reachM={reachM}
            course={course}
            proposals={proposals}
            onStation={onStation}
          />
        ) : null}
        {course && along.stations ? (
          <PlannerStations
            plan={plan}
            course={course}
            along={along}
            stations={along.stations}
            reachM={reachM}
            onStation={onStation}
            {...pointing}
          />
        ) : null}
      </div>
    </DropZone>
  );
}

/** The focus stays in the planner when a change takes away the button that was pressed. */
function useKeptFocus(plan: Plan) {
  const body = useRef<HTMLDivElement>(null);
  const before = useRef(plan);
  useEffect(() => {
    if (before.current === plan) return;
    before.current = plan;
    if (document.activeElement === document.body) body.current?.focus({ preventScroll: true });
  }, [plan]);
  return body;
}
