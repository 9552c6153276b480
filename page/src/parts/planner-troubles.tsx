/** What went wrong on the way to a route and its stations, each with a way on. */
import { type ApiError, Refusal } from "../send";
import { type Filters, isFiltered } from "../filters";
import { t } from "../i18n";
import type { Along } from "../planner/along";
import type { Finding } from "../planner/course";
import { CORRIDORS_KM, type Plan } from "../planner/plan";
import type { ChangePlan } from "../planner/use-plan";
import { Notice } from "./notice";

interface Props {
  readonly plan: Plan;
  readonly finding: Finding;
  readonly along: Along;
  readonly filters: Filters;
  readonly onChange: ChangePlan;
}

export function PlannerTroubles({ plan, finding, along, filters, onChange }: Props) {
  if (finding.error) return <CourseTrouble error={finding.error} finding={finding} />;
  if (along.error) return <AlongTrouble error={along.error} along={along} plan={plan} onChange={onChange} />;
  if (along.isLoading || along.stations?.length !== 0) return null;
  const wider = CORRIDORS_KM.find((km) => km > plan.corridorKm);
  return (
    <Notice
      text={t("planner.none", { km: plan.corridorKm })}
      more={isFiltered(filters) ? t("planner.noneMatch") : null}
      actions={wider ? [corridorAction(wider, onChange)] : []}
    />
  );
}

function CourseTrouble({ error, finding }: { readonly error: ApiError; readonly finding: Finding }) {
  const retry = { label: t("app.retry"), onClick: finding.retry };
  const straight = { label: t("planner.goStraight"), onClick: finding.goStraight };
  switch (slugOf(error)) {
    case "router-unavailable":
      return <Notice isAlert text={t("planner.routerAway")} actions={[retry, straight]} />;
    case "route-not-found":
      return <Notice isAlert text={t("planner.noRoad")} actions={[straight]} />;
    default:
      return <Notice isAlert text={sentenceOf(error)} more={error.detail} actions={[retry]} />;
  }
}

interface AlongProps extends Pick<Props, "plan" | "onChange" | "along"> {
  readonly error: ApiError;
}

function AlongTrouble({ error, along, plan, onChange }: AlongProps) {
  const narrower = CORRIDORS_KM.findLast((km) => km < plan.corridorKm);
  const retry = { label: t("app.retry"), onClick: along.retry };
  if (slugOf(error) !== "route-too-tangled") {
    return <Notice isAlert text={sentenceOf(error)} more={error.detail} actions={[retry]} />;
  }
  return (
    <Notice
      isAlert
      text={t("planner.tangled")}
      actions={narrower ? [corridorAction(narrower, onChange)] : []}
    />
  );
}

function corridorAction(km: number, onChange: ChangePlan) {
  return { label: t("planner.searchWithin", { km }), onClick: () => onChange({ corridorKm: km }) };
}

function slugOf(error: ApiError): string {
  return error instanceof Refusal ? error.slug : "";
}

function sentenceOf({ reason }: ApiError): string {
  return reason === "unreachable" ? t("app.unreachable") : t("app.refused");
}
