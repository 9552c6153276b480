/** Switches what the panel beside the map shows. */
import { PANELS, type Panel } from "../address";
import { t } from "../i18n";
import { SLOTS } from "../slots";

interface Props {
  readonly panel: Panel;
  readonly onPanel: (panel: Panel) => void;
}

const FILLED: Record<Panel, boolean> = {
  stations: true,
  route: SLOTS.planner !== null,
  favorites: SLOTS.favorites !== null,
};
const SHOWN = PANELS.filter((panel) => FILLED[panel]);

export function PanelTabs({ panel, onPanel }: Props) {
  if (SHOWN.length === 1) return null;
  return (
    <div class="tabs" role="group" aria-label={t("panel.tabs")}>
      {SHOWN.map((one) => (
        <button
          key={one}
          type="button"
          class="tab"
          aria-pressed={one === panel}
          onClick={() => onPanel(one)}
        >
          {t(`panel.${one}`)}
        </button>
      ))}
    </div>
  );
}
