/** The publishers whose stations are in the catalogue. */
import { useEffect, useState } from "preact/hooks";
import { askSources, type Source } from "./api";

export function useSources(): readonly Source[] {
  const [sources, setSources] = useState<readonly Source[]>([]);
  useEffect(() => {
    const giveUp = new AbortController();
    askSources(giveUp.signal).then(
      ({ items }) => setSources(items.filter((source) => source.station_count > 0)),
      // Every station's sheet names its source too.
      () => undefined,
    );
    return () => giveUp.abort();
  }, []);
  return sources;
}

/** Who publishes a station, by its id: `source:key`, or `source:feed:key` of a source with several feeds. */
export function sourceTitle(
  stationId: string,
  sources: readonly Pick<Source, "source" | "feed" | "title">[],
): string {
  const [source, feed, key] = stationId.split(":");
  const published = sources.filter((one) => one.source === source);
  const exact = published.find((one) => one.feed === (key === undefined ? source : feed));
  return (exact ?? published[0])?.title ?? stationId;
}
