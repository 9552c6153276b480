/** What the page shows for a view: marks for the map, stations for the list. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { askClusters, askStationsNear, type Station } from "./api";
import { ApiError } from "./send";
import { STATIONS_LISTED_FROM_ZOOM } from "./areas";
import { type Drawn, fromClusters } from "./features";
import type { Filters } from "./filters";
import {
  bboxOf,
  type Box,
  clusterZoom,
  contains,
  grownToTiles,
  reachKm,
  type View,
} from "./view";

export interface Shown {
  readonly drawn: Drawn;
  /** Stations in view, by the marks whose place is in view. */
  readonly count: number;
  /** Some of those are clusters, which may reach over the edge. */
  readonly isRough: boolean;
  readonly looking: Looking;
  /** Whether the view is too wide for a list of stations. */
  readonly isWide: boolean;
  /** Nearest to the middle first; none in a wide view. */
  readonly listed: readonly Station[];
  /** Whether all or some of what is shown is invented. */
  readonly isSynthetic: boolean;
}

export interface Showing {
  readonly shown: Shown | null;
  readonly state: "loading" | "ready" | "failed";
  readonly error: ApiError | null;
  readonly retry: () => void;
}

export interface Looking {
  readonly view: View;
  readonly box: Box;
}

interface Question {
  readonly looking: Looking | null;
  readonly filters: Filters;
}

interface Answer {
  readonly question: Question;
  /** After a failure, what was shown before. */
  readonly shown: Shown | null;
  readonly error: ApiError | null;
}

/** Keeps what is shown in step with view and filters; the newest question wins. */
export function useShown(looking: Looking | null, filters: Filters): Showing {
  const [attempt, setAttempt] = useState(0);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const question = useMemo<Question>(() => ({ looking, filters }), [looking, filters, attempt]);

  useEffect(() => {
    if (question.looking === null) return undefined;
    const giveUp = new AbortController();
    loadShown(question.looking, question.filters, giveUp.signal).then(
      (shown) => {
        if (!giveUp.signal.aborted) setAnswer({ question, shown, error: null });
      },
      (reason: unknown) => {
        if (giveUp.signal.aborted) return;
        const error = reason instanceof ApiError ? reason : new ApiError("refused");
        setAnswer((before) => ({ question, shown: before?.shown ?? null, error }));
      },
    );
    return () => giveUp.abort();
  }, [question]);

  const isAnswered = answer?.question === question;
  return {
    shown: answer?.shown ?? null,
    state: isAnswered ? (answer.error ? "failed" : "ready") : "loading",
    error: isAnswered ? answer.error : null,
    retry: () => setAttempt((count) => count + 1),
  };
}

async function loadShown(
  { view, box }: Looking,
  filters: Filters,
  signal: AbortSignal,
): Promise<Shown> {
  const [drawn, listed] = await Promise.all([
    loadDrawn(view, box, filters, signal),
    loadListed(view, box, filters, signal),
  ]);
  return summary(drawn, listed, { view, box });
}

async function loadListed(
  view: View,
  box: Box,
  filters: Filters,
  signal: AbortSignal,
): Promise<readonly Station[]> {
  if (view.zoom < STATIONS_LISTED_FROM_ZOOM) return [];
  const near = await askStationsNear(view, reachKm(view, box), filters, signal);
  return near.items.filter(({ latitude, longitude }) => contains(box, latitude, longitude));
}

/** The last answer for the map, since small moves ask for the same tiles again. */
let last: { readonly key: string; readonly drawn: Drawn } | null = null;

async function loadDrawn(
  view: View,
  box: Box,
  filters: Filters,
  signal: AbortSignal,
): Promise<Drawn> {
  const grown = grownToTiles(box, view.zoom);
  const key = JSON.stringify([bboxOf(grown), clusterZoom(view.zoom), filters]);
  if (last?.key === key) return last.drawn;
  const drawn = fromClusters(await askClusters(grown, view.zoom, filters, signal));
  last = { key, drawn };
  return drawn;
}

export function summary(
  drawn: Drawn,
  listed: readonly Station[],
  looking: Looking,
): Shown {
  const { view, box } = looking;
  const inView = drawn.features.filter(({ geometry: { coordinates } }) =>
    contains(box, coordinates[1] ?? 0, coordinates[0] ?? 0),
  );
  return {
    drawn,
    looking,
    isWide: view.zoom < STATIONS_LISTED_FROM_ZOOM,
    count: inView.reduce((sum, { properties }) => sum + properties.count, 0),
    isRough: inView.some(({ properties }) => properties.count > 1),
    listed,
    isSynthetic:
      inView.some(({ properties }) => properties.synthetic) ||
      listed.some((station) => station.synthetic),
  };
}
