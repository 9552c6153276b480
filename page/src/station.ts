/** What the server says of the one station whose sheet is open. */
import { useEffect, useState } from "preact/hooks";
import { askBusyHours, askStation, type StationDetail } from "./api";
import { ApiError } from "./send";

interface Asked<Answer> {
  readonly found: Answer | null;
  readonly error: ApiError | null;
  readonly retry: () => void;
}

export type OpenStation = Asked<StationDetail>;

/** All that stands in its sheet; nothing is asked without an id. */
export function useStation(id: string | null): OpenStation {
  return useAnswer(id, askStation);
}

/** How busy it has been; nothing is asked without an id. */
export function useBusyHours(id: string | null) {
  return useAnswer(id, askBusyHours);
}

function useAnswer<Answer>(
  id: string | null,
  ask: (id: string, signal: AbortSignal) => Promise<Answer>,
): Asked<Answer> {
  const [attempt, setAttempt] = useState(0);
  const [found, setFound] = useState<Answer | null>(null);
  const [error, setError] = useState<ApiError | null>(null);

  useEffect(() => {
    setFound(null);
    setError(null);
    if (id === null) return undefined;
    const giveUp = new AbortController();
    ask(id, giveUp.signal).then(
      (answer) => {
        if (!giveUp.signal.aborted) setFound(() => answer);
      },
      (reason: unknown) => {
        if (giveUp.signal.aborted) return;
        setError(reason instanceof ApiError ? reason : new ApiError("refused"));
      },
    );
    return () => giveUp.abort();
  }, [id, ask, attempt]);

  return { found, error, retry: () => setAttempt((count) => count + 1) };
}
