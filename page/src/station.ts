/** The one station whose sheet is open. */
import { useEffect, useState } from "preact/hooks";
import { askStation, type StationDetail } from "./api";
import { ApiError } from "./send";

export interface OpenStation {
  readonly found: StationDetail | null;
  readonly error: ApiError | null;
  readonly retry: () => void;
}

export function useStation(id: string | null): OpenStation {
  const [attempt, setAttempt] = useState(0);
  const [found, setFound] = useState<StationDetail | null>(null);
  const [error, setError] = useState<ApiError | null>(null);

  useEffect(() => {
    setFound(null);
    setError(null);
    if (id === null) return undefined;
    const giveUp = new AbortController();
    askStation(id, giveUp.signal).then(
      (answer) => {
        if (!giveUp.signal.aborted) setFound(answer);
      },
      (reason: unknown) => {
        if (giveUp.signal.aborted) return;
        setError(reason instanceof ApiError ? reason : new ApiError("refused"));
      },
    );
    return () => giveUp.abort();
  }, [id, attempt]);

  return { found, error, retry: () => setAttempt((count) => count + 1) };
}
