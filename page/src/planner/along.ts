/** The stations beside a course, in the order in which it passes them. */
import { useMemo, useState } from "preact/hooks";
import type { Filters } from "../filters";
import { askAlong, type AlongQuestion, type StationBeside, type StationPage } from "./ask";
import { type Asked, useAnswer } from "./answer";
import type { Course } from "./course";
import { piece } from "./line";
import { isReachable, stretchM } from "./range";

const PAGE = 500;
/** Stops that are proposed, and those looked at for them: some lie too far off the route. */
const MOST_PROPOSED = 3;
const LOOKED_AT = 20;

export interface Along extends Omit<Asked<StationPage>, "answer"> {
  /** `null` while nothing is known. */
  readonly stations: readonly StationBeside[] | null;
  /** Farther along there are more. */
  readonly hasMore: boolean;
  readonly more: () => void;
}

/** What is shown already, when more is asked for. */
interface Step {
  readonly question: AlongQuestion;
  readonly before: StationPage | null;
}

export function useAlong(course: Course | null, corridorKm: number, filters: Filters): Along {
  const question = useQuestion(course?.line ?? null, corridorKm, filters);
  const [wanted, setWanted] = useState<Step | null>(null);
  const step = useMemo<Step | null>(() => {
    if (question === null || wanted?.question === question) return question && wanted;
    return { question, before: null };
  }, [question, wanted]);
  const { answer, ...asked } = useAnswer(step, loadStep);
  return {
    ...asked,
    stations: answer?.items ?? null,
    hasMore: answer !== null && answer.next_cursor !== null,
    more: () => setWanted(question && { question, before: answer }),
  };
}

async function loadStep({ question, before }: Step, signal: AbortSignal): Promise<StationPage> {
  const cursor = before?.next_cursor ?? null;
  const page = await askAlong(question, { limit: PAGE, cursor }, signal);
  return { ...page, items: [...(before?.items ?? []), ...page.items] };
}

/**
 * The strongest stations on the last stretch before the charge ends.
 *
 * Asked for by themselves: where stations are many, the list does not reach that far.
 */
export function useProposals(
  course: Course | null,
  reachM: number | null,
  corridorKm: number,
  filters: Filters,
): readonly StationBeside[] | null {
  const stretch = useMemo(() => {
    if (course === null || reachM === null || reachM === 0 || reachM >= course.distanceM) return null;
    return piece(course.line, ...stretchM(reachM));
  }, [course, reachM]);
  const { answer, isLoading } = useAnswer(useQuestion(stretch, corridorKm, filters), askStrongest);
  if (answer === null || isLoading || reachM === null) return null;
  const [startM] = stretchM(reachM);
  return answer.items
    .map((station) => ({ ...station, along_m: startM + station.along_m }))
    .filter((station) => isReachable(station, reachM))
    .slice(0, MOST_PROPOSED);
}

function askStrongest(question: AlongQuestion, signal: AbortSignal): Promise<StationPage> {
  return askAlong(question, { limit: LOOKED_AT, sort: "power" }, signal);
}

function useQuestion(
  line: AlongQuestion["line"] | null,
  corridorKm: number,
  filters: Filters,
): AlongQuestion | null {
  return useMemo(
    () => (line === null || line.length < 2 ? null : { line, corridorKm, filters }),
    [line, corridorKm, filters],
  );
}
