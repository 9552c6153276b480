/** The map with its buttons; a sentence in its place where it cannot be drawn. */
import { useEffect, useRef, useState } from "preact/hooks";
import { askMapConfig } from "../api";
import { type MapEvents, StationMap } from "../map/station-map";
import type { Theme } from "../map/colours";
import { t } from "../i18n";
import { findPosition, sentenceOf } from "../position";
import type { View } from "../view";

interface Props extends MapEvents {
  readonly start: View | null;
  readonly theme: Theme;
  readonly map: StationMap | null;
  /** Once; without a map where the browser cannot draw one. */
  readonly onStart: (map: StationMap | null, start: View | null) => void;
}

const HERE_ZOOM = 13;

export function MapPane({ start, theme, map, onStart, ...events }: Props) {
  const container = useRef<HTMLDivElement>(null);
  const latest = useRef(events);
  latest.current = events;
  const [isMissing, setMissing] = useState(false);

  useEffect(() => {
    if (container.current === null) return undefined;
    let started: StationMap | null = null;
    try {
      started = new StationMap(container.current, start, theme, {
        onView: (...told) => latest.current.onView(...told),
        onStation: (...told) => latest.current.onStation(...told),
        onPoint: (...told) => latest.current.onPoint(...told),
        onMoveStart: () => latest.current.onMoveStart(),
        onIdle: () => latest.current.onIdle(),
      });
    } catch {
      setMissing(true);
    }
    onStart(started, start);
    const giveUp = new AbortController();
    askMapConfig(giveUp.signal).then(
      ({ style_url }) => {
        if (style_url !== null) started?.replaceBase(style_url);
      },
      // Without a word from the operator, the map is ours.
      () => undefined,
    );
    return () => {
      giveUp.abort();
      started?.remove();
    };
    // The map is made once; later changes reach it through its methods.
  }, []);

  return (
    <>
      <div class="map" ref={container} hidden={isMissing} />
      {isMissing ? <p class="no-map">{t("map.missing")}</p> : null}
      {map ? <MapButtons map={map} /> : null}
    </>
  );
}

function MapButtons({ map }: { readonly map: StationMap }) {
  const [trouble, setTrouble] = useState<string | null>(null);

  const locate = () => {
    setTrouble(null);
    findPosition().then(
      (place) => {
        map.showHere(place);
        map.moveTo({ ...place, zoom: HERE_ZOOM });
      },
      (error: unknown) => setTrouble(t(sentenceOf(error))),
    );
  };

  return (
    <div class="map-buttons">
      <button type="button" class="map-button" aria-label={t("map.zoomIn")} onClick={() => map.zoomBy(1)}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 5v14M5 12h14" /></svg>
      </button>
      <button type="button" class="map-button" aria-label={t("map.zoomOut")} onClick={() => map.zoomBy(-1)}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12h14" /></svg>
      </button>
      {isSecureContext ? (
        <button type="button" class="map-button" aria-label={t("map.locate")} onClick={locate}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <circle cx="12" cy="12" r="6" />
            <path d="M12 2v4M12 18v4M2 12h4M18 12h4" />
          </svg>
        </button>
      ) : null}
      {trouble === null ? null : (
        <p class="map-note" role="alert">
          {trouble}
        </p>
      )}
    </div>
  );
}
