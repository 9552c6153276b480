/** The largest clusters in view as buttons, so that keys and screen readers reach them too. */
import { useEffect, useState } from "preact/hooks";
import { type Area, largestAreas } from "../areas";
import { formatCount, formatDegrees } from "../format";
import type { Shown } from "../shown";
import { t } from "../i18n";
import { loadTowns, type Towns } from "../towns";

interface Props {
  readonly shown: Shown;
  readonly onArea: (area: Area) => void;
}

function areaName({ town, latitude, longitude }: Area): string {
  if (town) return t("areas.around", { town });
  const place = { latitude: formatDegrees(latitude), longitude: formatDegrees(longitude) };
  return t("areas.aroundPlace", place);
}

export function AreaList({ shown, onArea }: Props) {
  const [towns, setTowns] = useState<Towns | null>(null);
  useEffect(() => {
    // Without names the areas are still places to go to.
    loadTowns("large").then(setTowns, () => undefined);
  }, []);
  const areas = largestAreas(shown.drawn, shown.looking, towns);
  if (areas.length === 0) return null;
  return (
    <>
      <p class="hint">{t("areas.hint")}</p>
      <ol class="stations">
        {areas.map((area) => (
          <li key={`${area.latitude} ${area.longitude}`}>
            <button type="button" class="station area" onClick={() => onArea(area)}>
              <span class="area-count">{formatCount(area.count)}</span>
              <span class="station-name">
                {areaName(area)}
              </span>
              <span class="station-line">{t("map.zoomIn")}</span>
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}
