/** What the planner asks the server. */
import { answerOf, jsonBody, send } from "../send";
import type { Api } from "../../generated/api";
import type { Station } from "../api";
import { addFilters, type Filters } from "../filters";
import { shortened } from "../view";
import { simplified } from "./line";
import type { Place } from "./places";
import type { Beside } from "./range";

/** A way through points. */
export type Way = Api["POST /api/v1/directions"]["answer"];

export type StationBeside = Station & Beside;

/** Stations beside a route, in their order along it unless asked for otherwise. */
export type StationPage = Pick<Api["POST /api/v1/stations/along-route"]["answer"], "next_cursor"> & {
  readonly items: readonly StationBeside[];
};

export interface AlongQuestion {
  readonly line: readonly Place[];
  readonly corridorKm: number;
  readonly filters: Filters;
}

interface PageWanted {
  readonly limit: number;
  readonly cursor?: string | null;
  readonly sort?: "along" | "power";
}

/** Decimals of a degree: 10 cm. */
const DECIMALS = 6;

/** Throws `ApiError`, a `Refusal` where the server said why. */
export async function askDirections(places: readonly Place[], signal: AbortSignal): Promise<Way> {
  const body = jsonBody({ points: places.map(positionOf) });
  return answerOf(await send("api/v1/directions", { method: "POST", signal, ...body }));
}

/** Throws as `askDirections`. */
export async function askAlong(
  { line, corridorKm, filters }: AlongQuestion,
  { limit, cursor, sort }: PageWanted,
  signal: AbortSignal,
): Promise<StationPage> {
  const query = new URLSearchParams({ corridor_km: String(corridorKm), limit: String(limit) });
  if (sort) query.set("sort", sort);
  if (cursor) query.set("cursor", cursor);
  addFilters(query, filters);
  const body = jsonBody({ type: "LineString", coordinates: simplified(line).map(positionOf) });
  const path = `api/v1/stations/along-route?${query}`;
  return answerOf(await send(path, { method: "POST", signal, ...body }));
}

/** As GeoJSON has it: longitude first. */
function positionOf({ latitude, longitude }: Place): [number, number] {
  return [Number(shortened(longitude, DECIMALS)), Number(shortened(latitude, DECIMALS))];
}
