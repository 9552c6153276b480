/** The line that a plan leads along. */
import { useMemo, useState } from "preact/hooks";
import { askDirections, type Way } from "./ask";
import { type Asked, useAnswer } from "./answer";
import { lengthM } from "./line";
import type { Place } from "./places";
import { given, type Plan } from "./plan";

export interface Course {
  readonly line: readonly Place[];
  readonly distanceM: number;
  /** `null` where nobody knows how fast. */
  readonly durationS: number | null;
  /** Great circles between the stops, a way by road, or the visitor's own line. */
  readonly kind: "straight" | "road" | "own";
}

export interface Finding extends Omit<Asked<Way>, "answer"> {
  readonly course: Course | null;
  /** Without the router, until the stops change. */
  readonly goStraight: () => void;
}

export function useCourse(plan: Plan): Finding {
  const places = useStopPlaces(plan);
  const [straightFor, setStraightFor] = useState<readonly Place[] | null>(null);
  const isStraight = places !== null && straightFor === places;
  const asked = useAnswer(isStraight ? null : places, askDirections);
  const course = useMemo(() => {
    if (plan.line) return lineCourse(plan.line, "own");
    if (isStraight) return lineCourse(places, "straight");
    return asked.answer && wayCourse(asked.answer);
  }, [plan.line, isStraight, places, asked.answer]);
  return { ...asked, course, goStraight: () => setStraightFor(places) };
}

/** Where to ask the way through; the same object while only names changed. */
function useStopPlaces({ stops, line }: Plan): readonly Place[] | null {
  const places = given(stops).map(({ latitude, longitude }) => ({ latitude, longitude }));
  const written = line === null && places.length >= 2 ? JSON.stringify(places) : null;
  return useMemo(() => (written === null ? null : places), [written]);
}

function lineCourse(line: readonly Place[], kind: Course["kind"]): Course {
  return { line, distanceM: lengthM(line), durationS: null, kind };
}

function wayCourse({ geometry, distance_m, duration_s, router }: Way): Course {
  return {
    line: geometry.coordinates.map(([longitude, latitude]) => ({ latitude, longitude })),
    distanceM: distance_m,
    durationS: duration_s,
    kind: router === "osrm" ? "road" : "straight",
  };
}
