/** The plan on the screen and in the address, in step. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Plan } from "./plan";
import { readPlan, writePlan } from "./written";

export type ChangePlan = (part: Partial<Plan>) => void;

/** The address knows the plan less exactly, so it is read only when somebody else wrote it. */
export function usePlan(
  route: string | null,
  onRoute: (route: string | null) => void,
): readonly [plan: Plan, change: ChangePlan] {
  const [plan, setPlan] = useState(() => readPlan(route));
  const latest = useRef(plan);
  const known = useRef(route);

  useEffect(() => {
    if (route === known.current) return;
    known.current = route;
    latest.current = readPlan(route);
    setPlan(latest.current);
  }, [route]);

  const change = (part: Partial<Plan>) => {
    latest.current = { ...latest.current, ...part };
    known.current = writePlan(latest.current);
    setPlan(latest.current);
    onRoute(known.current);
  };
  return [plan, change];
}
