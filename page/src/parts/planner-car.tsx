/** The car whose range is told; off until the visitor wants it. */
import { useId, useState } from "preact/hooks";
import { t } from "../i18n";
import { type Car, CAR_BOUNDS, readCar, USUAL_CAR } from "../planner/range";

interface Props {
  readonly car: Car | null;
  readonly onChange: (car: Car | null) => void;
}

type Field = keyof Car;
type Written = Readonly<Record<Field, string>>;

const FIELDS: readonly (readonly [field: Field, unit: string])[] = [
  ["batteryKwh", "kWh"],
  ["chargePercent", "%"],
  ["consumptionKwhPer100Km", "kWh/100 km"],
  ["reservePercent", "%"],
];

export function PlannerCar({ car, onChange }: Props) {
  const [written, setWritten] = useState<Written>(() => writtenOf(car ?? USUAL_CAR));
  const write = (field: Field, text: string) => {
    const next = { ...written, [field]: text };
    setWritten(next);
    const read = readWritten(next);
    if (read) onChange(read);
  };
  return (
    <>
      <label class="range-switch">
        <input
          type="checkbox"
          checked={car !== null}
          onChange={({ currentTarget }) =>
            onChange(currentTarget.checked ? (readWritten(written) ?? USUAL_CAR) : null)
          }
        />
        {t("planner.showRange")}
      </label>
      {car === null ? null : (
        <fieldset class="car">
          <legend class="visually-hidden">{t("planner.car")}</legend>
          {FIELDS.map(([field, unit]) => (
            <CarField
              key={field}
              field={field}
              unit={unit}
              text={written[field]}
              onText={(text) => write(field, text)}
            />
          ))}
        </fieldset>
      )}
    </>
  );
}

interface FieldProps {
  readonly field: Field;
  readonly unit: string;
  readonly text: string;
  readonly onText: (text: string) => void;
}

function CarField({ field, unit, text, onText }: FieldProps) {
  const id = useId();
  const [low, high] = CAR_BOUNDS[field];
  const isWrong = numberOf(text) < low || numberOf(text) > high || Number.isNaN(numberOf(text));
  return (
    <p class="car-field">
      <label for={id}>
        {t(`planner.car.${field}`)} <span class="station-line">{unit}</span>
      </label>
      <input
        id={id}
        class="field"
        type="text"
        inputMode="decimal"
        autocomplete="off"
        maxLength={6}
        value={text}
        aria-invalid={isWrong}
        aria-describedby={isWrong ? `${id}-bounds` : undefined}
        onInput={({ currentTarget: { value } }) => onText(value)}
      />
      {isWrong ? (
        <span class="planner-trouble" id={`${id}-bounds`} role="alert">
          {t("planner.bounds", { low, high })}
        </span>
      ) : null}
    </p>
  );
}

function writtenOf(car: Car): Written {
  return {
    batteryKwh: String(car.batteryKwh),
    chargePercent: String(car.chargePercent),
    consumptionKwhPer100Km: String(car.consumptionKwhPer100Km),
    reservePercent: String(car.reservePercent),
  };
}

function readWritten(written: Written): Car | null {
  const numbers = FIELDS.map(([field]) => [field, numberOf(written[field])] as const);
  return readCar(Object.fromEntries(numbers));
}

/** "17,5" is written so in most of Europe. */
function numberOf(text: string): number {
  return text.trim() === "" ? NaN : Number(text.replace(",", "."));
}
