/** What the visitor wants to see, and the words that the API has for it. */
export interface Filters {
  /** Words of `CONNECTORS`; any of them. */
  readonly connectors: readonly string[];
  /** In kW; `null` for any power. It must hold on one of the chosen connectors. */
  readonly minPowerKw: number | null;
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

export const NO_FILTERS: Filters = { connectors: [], minPowerKw: null };

export function isFiltered(filters: Filters): boolean {
  return filters.connectors.length > 0 || filters.minPowerKw !== null;
}

export function toggleConnector(filters: Filters, word: string): Filters {
  const connectors = filters.connectors.includes(word)
    ? filters.connectors.filter((other) => other !== word)
    : CONNECTORS.filter((other) => other === word || filters.connectors.includes(other));
  return { ...filters, connectors };
}

/** Adds the filters to a query of the API. */
export function addFilters(query: URLSearchParams, filters: Filters): void {
  for (const word of filters.connectors) query.append("connector", word);
  if (filters.minPowerKw !== null) query.set("min_power_kw", String(filters.minPowerKw));
}
