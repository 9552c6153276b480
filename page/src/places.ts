/** Places by name: the server's gazetteer, without a connection the towns that came along. */
import { useEffect, useState } from "preact/hooks";
import { askPlaces, type NamedPlace } from "./api";
import { ApiError } from "./send";
import { countryName, formatCount } from "./format";
import { t } from "./i18n";
import { findTowns, loadTowns } from "./towns";

export interface PlaceMatch {
  /** With its country: "Paris, France". */
  readonly title: string;
  readonly more: string | null;
  readonly latitude: number;
  readonly longitude: number;
}

const MOST = 6;
const MAX_TEXT_LENGTH = 100;
/** Typing goes on for this long before a question is asked. */
const PAUSE_MS = 150;

export interface Found {
  readonly text: string;
  readonly matches: readonly PlaceMatch[];
}

export async function findPlaces(
  text: string,
  signal: AbortSignal,
  ask: typeof askPlaces = askPlaces,
): Promise<readonly PlaceMatch[]> {
  const wanted = text.trim().slice(0, MAX_TEXT_LENGTH);
  if (wanted === "") return [];
  try {
    const { items } = await ask(wanted, MOST, signal);
    return items.map(matchOf);
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== "unreachable") throw error;
    const towns = findTowns([await loadTowns("large")], wanted, MOST);
    return towns.map((town) => ({ ...town, more: null }));
  }
}

/** What a text finds, a moment after the typing paused; `null` while nothing was asked. */
export function usePlaces(text: string): Found | null {
  const [found, setFound] = useState<Found | null>(null);
  useEffect(() => {
    if (text.trim() === "") {
      setFound(null);
      return undefined;
    }
    const giveUp = new AbortController();
    const show = (matches: readonly PlaceMatch[]) => {
      if (!giveUp.signal.aborted) setFound({ text, matches });
    };
    const ask = () => findPlaces(text, giveUp.signal).then(show, () => show([]));
    const timer = setTimeout(ask, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      giveUp.abort();
    };
  }, [text]);
  return found;
}

function matchOf({ name, country, population, latitude, longitude }: NamedPlace): PlaceMatch {
  return {
    title: [name, countryName(country)].filter(Boolean).join(", "),
    more: population === null ? null : t("search.inhabitants", { count: formatCount(population) }),
    latitude,
    longitude,
  };
}
