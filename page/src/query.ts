/** Queries of the API, as addresses write them. */

export type Values = Readonly<Record<string, Value | readonly Value[] | null | undefined>>;
type Value = string | number | boolean;

/** Adds each value under its name; each member of a list by itself. */
export function addValues(query: URLSearchParams, values: Values): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null) continue;
    for (const one of [value].flat()) query.append(name, String(one));
  }
}
