/** How far from the route a station may be. */
import { t } from "../i18n";
import { CORRIDORS_KM } from "../planner/plan";
import type { ChangePlan } from "../planner/use-plan";

interface Props {
  readonly corridorKm: number;
  readonly onChange: ChangePlan;
}

export function PlannerCorridor({ corridorKm, onChange }: Props) {
  return (
    <label class="planner-corridor">
      {t("planner.corridor")}
      <select
        class="field"
        value={String(corridorKm)}
        onChange={({ currentTarget: { value } }) => onChange({ corridorKm: Number(value) })}
      >
        {CORRIDORS_KM.map((km) => (
          <option key={km} value={String(km)}>
            {t("planner.km", { km })}
          </option>
        ))}
      </select>
    </label>
  );
}
