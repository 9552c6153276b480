/** Which connectors and how much power. */
import { CONNECTORS, type Filters, isFiltered, NO_FILTERS, POWER_STEPS_KW, toggleConnector } from "../filters";
import { formatKw } from "../format";
import { nameOf, t } from "../i18n";

interface Props {
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
}

export function FilterBar({ filters, onChange }: Props) {
  return (
    <div class="filters" role="group" aria-label={t("filters.title")}>
      <label class="power">
        <span class="visually-hidden">{t("filters.power")}</span>
        <select
          value={String(filters.minPowerKw ?? "")}
          data-active={filters.minPowerKw !== null}
          onChange={({ currentTarget: { value } }) =>
            onChange({ ...filters, minPowerKw: value === "" ? null : Number(value) })
          }
        >
          <option value="">{t("filters.anyPower")}</option>
          {powersFor(filters.minPowerKw).map((powerKw) => (
            <option key={powerKw} value={String(powerKw)}>
              {t("filters.atLeast", { power: formatKw(powerKw) })}
            </option>
          ))}
        </select>
      </label>
      <div class="chips" role="group" aria-label={t("filters.connectors")}>
        {CONNECTORS.map((word) => (
          <button
            key={word}
            type="button"
            class="chip"
            aria-pressed={filters.connectors.includes(word)}
            onClick={() => onChange(toggleConnector(filters, word))}
          >
            {nameOf("choice", word)}
          </button>
        ))}
      </div>
      {isFiltered(filters) ? (
        <button
          type="button"
          class="chip clear"
          aria-label={t("filters.clear")}
          onClick={() => onChange(NO_FILTERS)}
        >
          {t("filters.clear")}
        </button>
      ) : null}
    </div>
  );
}

/** The steps, and what a link asked for if it is none of them. */
function powersFor(chosenKw: number | null): readonly number[] {
  if (chosenKw === null || POWER_STEPS_KW.some((step) => step === chosenKw)) return POWER_STEPS_KW;
  return [...POWER_STEPS_KW, chosenKw].sort((one, other) => one - other);
}
