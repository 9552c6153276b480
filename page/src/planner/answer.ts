/** Answers of the server to a question that changes. */
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../send";

export interface Asked<Answer> {
  /** To the last question that was answered; `null` after a failure, and without a question. */
  readonly answer: Answer | null;
  readonly error: ApiError | null;
  readonly isLoading: boolean;
  readonly retry: () => void;
}

interface Kept<Answer> {
  readonly question: unknown;
  readonly attempt: number;
  readonly answer: Answer | null;
  readonly error: ApiError | null;
}

/** Asks when the question changes, by identity; the newest one wins. `null` asks nothing. */
export function useAnswer<Question, Answer>(
  question: Question | null,
  ask: (question: Question, signal: AbortSignal) => Promise<Answer>,
): Asked<Answer> {
  const [attempt, setAttempt] = useState(0);
  const [kept, setKept] = useState<Kept<Answer> | null>(null);

  useEffect(() => {
    if (question === null) {
      setKept(null);
      return undefined;
    }
    const giveUp = new AbortController();
    const keep = (answer: Answer | null, error: ApiError | null) => {
      if (!giveUp.signal.aborted) setKept({ question, attempt, answer, error });
    };
    ask(question, giveUp.signal).then(
      (answer) => keep(answer, null),
      (reason: unknown) => keep(null, reason instanceof ApiError ? reason : new ApiError("refused")),
    );
    return () => giveUp.abort();
  }, [question, attempt]);

  const isAnswered = kept?.question === question && kept?.attempt === attempt;
  return {
    answer: question === null ? null : (kept?.answer ?? null),
    error: isAnswered ? kept.error : null,
    isLoading: question !== null && !isAnswered,
    retry: () => setAttempt((count) => count + 1),
  };
}
