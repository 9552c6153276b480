/** The hours of a day as bars; what it shows stands beside it in words, too. */
import type { BusyHour } from "../api";
import { type HourOfWeek, isTold } from "../busy";
import { formatHour, formatShare } from "../format";
import { t } from "../i18n";

/** In units of the drawing, which grows with the sheet. */
const WIDTH = 344;
const HEIGHT = 132;
const LEFT = 46;
const TOP = 18;
const FLOOR = 110;
const STEP = (WIDTH - LEFT) / 24;
const BAR = STEP - 3;
/** An hour that was never occupied still has a bar to be seen. */
const LEAST = 2;

const LINES = [1, 0.5];
const LABELLED = [0, 6, 12, 18];

interface Props {
  readonly day: readonly BusyHour[];
  readonly now: HourOfWeek | null;
  readonly label: string;
}

export function BusyChart({ day, now, label }: Props) {
  return (
    <svg class="busy-chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      {LINES.map((share) => (
        <g key={share}>
          <path class="busy-line" d={`M${LEFT} ${heightOf(share)}H${WIDTH}`} />
          <text x={LEFT - 5} y={heightOf(share) + 4} text-anchor="end">
            {formatShare(share)}
          </text>
        </g>
      ))}
      {day.map((hour) => (
        <Bar key={hour.hour} hour={hour} isNow={hour.hour === now?.hour} />
      ))}
      <path class="busy-floor" d={`M${LEFT} ${FLOOR}H${WIDTH}`} />
      {LABELLED.map((hour) => (
        <text key={hour} x={leftOf(hour)} y={HEIGHT - 6}>
          {formatHour(hour)}
        </text>
      ))}
    </svg>
  );
}

function Bar({ hour, isNow }: { readonly hour: BusyHour; readonly isNow: boolean }) {
  const left = leftOf(hour.hour);
  const middle = left + BAR / 2;
  const top = isTold(hour) ? Math.min(heightOf(hour.occupied_share), FLOOR - LEAST) : FLOOR;
  return (
    <g class="busy-bar" data-now={isNow}>
      <title>{titleOf(hour)}</title>
      {isTold(hour) ? (
        <rect x={left} y={top} width={BAR} height={FLOOR - top} rx="2" />
      ) : (
        <path class="busy-unknown" d={`M${left + 2} ${FLOOR - 6}h${BAR - 4}`} />
      )}
      {isNow ? <path class="busy-now" d={`M${middle - 5} ${top - 12}h10l-5 8z`} /> : null}
    </g>
  );
}

function titleOf(hour: BusyHour): string {
  const told = isTold(hour) ? formatShare(hour.occupied_share) : t("busy.fewReports");
  return `${formatHour(hour.hour)}: ${told}`;
}

function leftOf(hour: number): number {
  return LEFT + hour * STEP + 1.5;
}

function heightOf(share: number): number {
  return FLOOR - share * (FLOOR - TOP);
}
