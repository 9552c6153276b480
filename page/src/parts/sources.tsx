/** What the marks mean, and who made the data, as its licences ask. */
import type { Source } from "../api";
import { formatKw, webAddress } from "../format";
import { FAST_FROM_KW, POWER_CLASSES, type PowerClass, ULTRA_FROM_KW } from "../power";
import { t } from "../i18n";

function classPower(kind: PowerClass): string {
  if (kind === "unknown") return "?";
  if (kind === "normal") return t("legend.less");
  return t("legend.from", { power: formatKw(kind === "ultra" ? ULTRA_FROM_KW : FAST_FROM_KW) });
}

export function Sources({ sources }: { readonly sources: readonly Source[] }) {
  return (
    <details class="sources">
      <summary>{t("legend.title")}</summary>
      <div class="sources-text">
        <h2>{t("legend.marks")}</h2>
        <ul class="marks">
          {POWER_CLASSES.toReversed().map((kind) => (
            <li key={kind}>
              <span class="power-mark" data-power={kind} aria-hidden="true">
                {classPower(kind)}
              </span>
              {t(`powerClass.${kind}`)}
            </li>
          ))}
          <li>{t("legend.signs")}</li>
        </ul>
        <h2>{t("legend.sources")}</h2>
        {sources.length > 0 ? (
          <ul>
            {sources.map((source) => (
              <li key={`${source.source}:${source.feed}`}>
                <SourceLine source={source} />
              </li>
            ))}
          </ul>
        ) : null}
        <p>{t("legend.map")}</p>
        <p>{t("legend.drawnBy")}</p>
      </div>
    </details>
  );
}

function SourceLine({ source }: { readonly source: Source }) {
  const homepage = webAddress(source.homepage_url);
  const more = [source.licence === "unknown" ? null : source.licence, t("list.stations", { count: source.station_count })];
  return (
    <>
      {homepage ? (
        <a href={homepage} target="_blank" rel="noopener noreferrer">
          {source.attribution}
        </a>
      ) : (
        source.attribution
      )}
      {` (${more.filter(Boolean).join(", ")})`}
    </>
  );
}
