/** Who made the data, as its licences ask. */
import { useEffect, useState } from "preact/hooks";
import { askSources, type Source } from "../api";
import { webAddress } from "../format";
import { say } from "../strings";

export function Sources() {
  const [sources, setSources] = useState<readonly Source[]>([]);
  useEffect(() => {
    const giveUp = new AbortController();
    askSources(giveUp.signal).then(
      ({ items }) => setSources(items),
      // Every station's sheet names its source too.
      () => undefined,
    );
    return () => giveUp.abort();
  }, []);

  return (
    <details class="sources">
      <summary>{say.dataSources}</summary>
      <div class="sources-text">
        {sources.length > 0 ? (
          <ul>
            {sources.map((source) => (
              <li key={`${source.source} ${source.attribution}`}>
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
  const homepage = webAddress(source.homepage);
  const name = source.attribution ?? source.name ?? source.source;
  return (
    <>
      {homepage ? (
        <a href={homepage} target="_blank" rel="noopener noreferrer">
          {name}
        </a>
      ) : (
        name
      )}
      {source.licence ? ` (${source.licence})` : null}
    </>
  );
}
