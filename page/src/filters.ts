/** What the visitor wants to see, and the words that the API has for it. */
import type { Access, Api, Payment } from "../generated/api";
import { addValues } from "./query";

export interface Filters {
  /** Words of `CONNECTORS`; any of them. */
  readonly connectors: readonly string[];
  /** In kW; `null` for any power. It must hold on one of the chosen connectors. */
  readonly minPowerKw: number | null;
  /** Only with a free bay by a report that is not stale. */
  readonly isFree: boolean;
  readonly isOpen: boolean;
  /** Names as `GET /api/v1/operators` has them; any of them. */
  readonly operators: readonly string[];
  /** Words of `PAYMENTS`; any of them. */
  readonly payments: readonly Payment[];
  /** Words of `ACCESSES`; any of them. */
  readonly accesses: readonly Access[];
}

/** Connectors to choose from, in the API's words; their names are in the catalogues. */
export const CONNECTORS = [
  "ccs2",
  "type2",
  "chademo",
  "ccs1",
  "type1",
  "tesla",
  "gbt",
  "schuko",
] as const;

/** Powers to choose from, in kW. */
export const POWER_STEPS_KW = [11, 22, 50, 100, 150, 250] as const;

export const PAYMENTS = ["card", "app", "rfid", "cash", "ad_hoc", "subscription", "free"] as const;
export const ACCESSES = ["public", "restricted", "private"] as const;

export const NO_FILTERS: Filters = {
  connectors: [],
  minPowerKw: null,
  isFree: false,
  isOpen: false,
  operators: [],
  payments: [],
  accesses: [],
};

type Lists = "connectors" | "operators" | "payments" | "accesses";

/** The order in which chosen words are kept, so that equal filters have equal addresses. */
const ORDERS: Record<Lists, readonly string[]> = {
  connectors: CONNECTORS,
  operators: [],
  payments: PAYMENTS,
  accesses: ACCESSES,
};

export function isFiltered(filters: Filters): boolean {
  return countFilters(filters) > 0;
}

/** Each chosen word counts. */
export function countFilters(filters: Filters): number {
  const { connectors, minPowerKw, isFree, isOpen, operators, payments, accesses } = filters;
  const words = connectors.length + operators.length + payments.length + accesses.length;
  return words + [minPowerKw !== null, isFree, isOpen].filter(Boolean).length;
}

/** With a word switched on, or off if it was on. */
export function toggled(filters: Filters, list: Lists, word: string): Filters {
  const chosen: readonly string[] = filters[list];
  const order = ORDERS[list];
  const words = chosen.includes(word)
    ? chosen.filter((other) => other !== word)
    : [...chosen, word].sort((one, other) => order.indexOf(one) - order.indexOf(other));
  return { ...filters, [list]: words };
}

/** Those of the search's parameters that filter. */
export type Conditions = Pick<
  Api["GET /api/v1/stations"]["query"],
  "connector" | "min_power_kw" | "available" | "open_now" | "operator" | "payment" | "access"
>;

/** The filters as the API names them; without those that hold for any station. */
export function conditions(filters: Filters): Conditions {
  const { connectors, minPowerKw, isFree, isOpen, operators, payments, accesses } = filters;
  return {
    connector: [...connectors],
    ...(minPowerKw === null ? {} : { min_power_kw: minPowerKw }),
    ...(isFree ? { available: true } : {}),
    ...(isOpen ? { open_now: true } : {}),
    operator: [...operators],
    payment: [...payments],
    access: [...accesses],
  };
}

/** Adds the filters to a query of the API. */
export function addFilters(query: URLSearchParams, filters: Filters): void {
  addValues(query, conditions(filters));
}

const MAX_POWER_KW = 5000;
const MAX_OPERATORS = 20;
const MAX_NAME_LENGTH = 200;

/** Reads what `filterParts` wrote; what cannot be read is left out. */
export function readFilters(parts: URLSearchParams): Filters {
  const power = Number(parts.get("power") ?? "");
  return {
    connectors: known(CONNECTORS, parts.getAll("connector")),
    minPowerKw: power > 0 && power <= MAX_POWER_KW ? power : null,
    isFree: parts.get("free") === "1",
    isOpen: parts.get("open") === "1",
    operators: [...new Set(parts.getAll("operator"))]
      .filter((name) => name.trim() !== "" && name.length <= MAX_NAME_LENGTH)
      .slice(0, MAX_OPERATORS),
    payments: known(PAYMENTS, parts.getAll("payment")),
    accesses: known(ACCESSES, parts.getAll("access")),
  };
}

/** `name=value` for each filter of the page's address. */
export function filterParts(filters: Filters): string[] {
  const listed = (name: string, words: readonly string[]) =>
    words.map((word) => `${name}=${encodeURIComponent(word)}`);
  return [
    ...listed("connector", filters.connectors),
    ...(filters.minPowerKw === null ? [] : [`power=${filters.minPowerKw}`]),
    ...(filters.isFree ? ["free=1"] : []),
    ...(filters.isOpen ? ["open=1"] : []),
    ...listed("operator", filters.operators),
    ...listed("payment", filters.payments),
    ...listed("access", filters.accesses),
  ];
}

function known<Word extends string>(words: readonly Word[], wanted: readonly string[]): Word[] {
  return words.filter((word) => wanted.includes(word));
}
