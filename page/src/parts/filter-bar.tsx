/** The filters that most want, what is chosen of the others, and the way to all of them. */
import { useState } from "preact/hooks";
import {
  CONNECTORS,
  countFilters,
  type Filters,
  isFiltered,
  NO_FILTERS,
  POWER_STEPS_KW,
  toggled,
} from "../filters";
import { formatKw } from "../format";
import { nameOf, t } from "../i18n";
import { FilterDialog } from "./filter-dialog";

export interface FilterProps {
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
  /** Stations in view that match; `null` while that is not known. */
  readonly count: number | null;
}

/** Connectors that are offered at once; the others are a step away. */
const COMMON: readonly string[] = ["ccs2", "type2", "chademo"];

export function FilterBar({ filters, onChange, count }: FilterProps) {
  const [isOpen, setOpen] = useState(false);
  const offered = CONNECTORS.filter(
    (word) => COMMON.includes(word) || filters.connectors.includes(word),
  );
  return (
    <div class="filters" role="group" aria-label={t("filters.title")}>
      <button type="button" class="chip more" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {t("filters.more")}
        {isFiltered(filters) ? <FilterCount count={countFilters(filters)} /> : null}
      </button>
      <PowerSelect filters={filters} onChange={onChange} />
      <Chip
        label={t("filters.available")}
        isOn={filters.isFree}
        onToggle={() => onChange({ ...filters, isFree: !filters.isFree })}
      />
      <Chip
        label={t("filters.openNow")}
        isOn={filters.isOpen}
        onToggle={() => onChange({ ...filters, isOpen: !filters.isOpen })}
      />
      <div class="chips" role="group" aria-label={t("filters.connectors")}>
        {offered.map((word) => (
          <Chip
            key={word}
            label={nameOf("choice", word) ?? word}
            isOn={filters.connectors.includes(word)}
            onToggle={() => onChange(toggled(filters, "connectors", word))}
          />
        ))}
      </div>
      <Chosen filters={filters} onChange={onChange} />
      {isFiltered(filters) ? (
        <button type="button" class="chip clear" onClick={() => onChange(NO_FILTERS)}>
          {t("filters.clear")}
        </button>
      ) : null}
      {isOpen ? (
        <FilterDialog
          filters={filters}
          onChange={onChange}
          count={count}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </div>
  );
}

function FilterCount({ count }: { readonly count: number }) {
  return (
    <>
      <span class="visually-hidden">, {t("filters.active", { count })}</span>
      <span class="badge" aria-hidden="true">
        {count}
      </span>
    </>
  );
}

interface ChipProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onToggle: () => void;
}

function Chip({ label, isOn, onToggle }: ChipProps) {
  return (
    <button type="button" class="chip" aria-pressed={isOn} onClick={onToggle}>
      {label}
    </button>
  );
}

type ChangeProps = Pick<FilterProps, "filters" | "onChange">;

/** Words that were chosen in the dialog, each to be taken back at once. */
function Chosen({ filters, onChange }: ChangeProps) {
  const chosen = [
    ...filters.operators.map((word) => ["operators", word, word] as const),
    ...filters.payments.map((word) => ["payments", word, nameOf("payment", word)] as const),
    ...filters.accesses.map((word) => ["accesses", word, nameOf("access", word)] as const),
  ];
  return (
    <>
      {chosen.map(([list, word, name]) => (
        <button
          key={`${list} ${word}`}
          type="button"
          class="chip chosen"
          aria-label={t("filters.remove", { name: name ?? word })}
          onClick={() => onChange(toggled(filters, list, word))}
        >
          {name ?? word} <span aria-hidden="true">×</span>
        </button>
      ))}
    </>
  );
}

function PowerSelect({ filters, onChange }: ChangeProps) {
  return (
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
  );
}

/** The steps, and what a link asked for if it is none of them. */
function powersFor(chosenKw: number | null): readonly number[] {
  if (chosenKw === null || POWER_STEPS_KW.some((step) => step === chosenKw)) return POWER_STEPS_KW;
  return [...POWER_STEPS_KW, chosenKw].sort((one, other) => one - other);
}
