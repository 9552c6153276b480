/** Parts that app.tsx has room for: each is named here once, with what it is given. */
import type { ComponentType } from "preact";
import type { Station } from "./api";
import type { Filters } from "./filters";
import type { StationMap } from "./map/station-map";
import { Planner } from "./parts/planner-panel";
import { Account } from "./parts/account";
import { FavoritesPanel } from "./parts/favorites";
import { Star } from "./parts/star";
import type { View } from "./view";

/** Beside the map, in place of the list. */
export interface PlannerProps {
  /** `null` where the browser cannot draw one. */
  readonly map: StationMap | null;
  readonly filters: Filters;
  /** The plan as the page's address holds it: what `writePlan` wrote. */
  readonly route: string | null;
  readonly onRoute: (route: string | null) => void;
  readonly onStation: (id: string) => void;
  /** The station whose row is pointed at, to be told apart on the map. */
  readonly onPoint: (station: Station | null) => void;
  /** The station whose mark on the map is pointed at. */
  readonly underPointer: string | null;
}

/** Beside the map, in place of the list. */
export interface FavoritesProps {
  /** What the map shows; `null` before it shows anything. */
  readonly view: View | null;
  readonly onStation: (id: string) => void;
  /** The row that a pointer or the focus is on, to be told apart on the map. */
  readonly onPoint: (station: Station | null) => void;
}

/** A button for a station, in its sheet and in lists. */
export interface StarProps {
  readonly id: string;
  readonly name: string;
}

interface Slots {
  readonly planner: ComponentType<PlannerProps> | null;
  readonly favorites: ComponentType<FavoritesProps> | null;
  /** A button in the header. */
  readonly account: ComponentType | null;
  readonly star: ComponentType<StarProps> | null;
}

/** A part that is `null` is left out, with the tab that leads to it. */
export const SLOTS: Slots = { planner: Planner, favorites: FavoritesPanel, account: Account, star: Star };
