/** What the marks mean, and who made the data, as its licences ask. */
import type { Source } from "../api";
import { webAddress } from "../format";
import { POWER_CLASSES } from "../power";
import { say } from "../strings";

export function Sources({ sources }: { readonly sources: readonly Source[] }) {
  return (
    <details class="sources">
      <summary>{say.legend}</summary>
      <div class="sources-text">
        <h2>{say.marks}</h2>
        <ul class="marks">
          {POWER_CLASSES.toReversed().map((kind) => (
            <li key={kind}>
              <span class="power-mark" data-power={kind} aria-hidden="true">
                {say.classPower(kind)}
              </span>
              {say.className(kind)}
            </li>
          ))}
          <li>{say.signs}</li>
        </ul>
        <h2>{say.dataSources}</h2>
        {sources.length > 0 ? (
          <ul>
            {sources.map((source) => (
              <li key={`${source.source}:${source.feed}`}>
                <SourceLine source={source} />
              </li>
            ))}
          </ul>
        ) : null}
        <p>{say.mapFrom}</p>
        <p>{say.drawnBy}</p>
      </div>
    </details>
  );
}

function SourceLine({ source }: { readonly source: Source }) {
  const homepage = webAddress(source.homepage_url);
  const more = [source.licence === "unknown" ? null : source.licence, say.stations(source.station_count)];
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
