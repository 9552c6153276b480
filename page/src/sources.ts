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
