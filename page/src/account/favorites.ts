/** The stations that somebody keeps: changed at once on the screen, then on the server. */
import type { FavoriteList, FavoriteStation } from "../../generated/api";
import { answerOf, refusalOf } from "../send";
import type { Session } from "./session";
import type { Kept as Cache } from "./storage";
import { Teller } from "./told";

export type Favorite = FavoriteStation;

export interface Kept {
  readonly ids: ReadonlySet<string>;
  /** Newest first; a station that was kept just now is told by the next `load`. */
  readonly stations: readonly Favorite[];
  /** When the server told them; `null` where it never did. */
  readonly seenMs: number | null;
}

interface Wish {
  readonly isKept: boolean;
}

export const FAVORITES_KEPT_AS = "voltway.favorites";

const NOTHING: Kept = { ids: new Set(), stations: [], seenMs: null };
const PAGE = 500;

export class Favorites extends Teller {
  readonly #session: Pick<Session, "send">;
  readonly #cache: Cache;
  readonly #nowMs: () => number;
  /** As the server has them. */
  #seen: Kept;
  /** What the server was asked for, and has not answered yet. */
  readonly #wishes = new Map<string, Wish>();
  #shown: Kept;
  #loading: Promise<void> | null = null;
  #lastChange: Promise<unknown> = Promise.resolve();
  #changes = 0;

  constructor(session: Pick<Session, "send">, cache: Cache, nowMs: () => number = Date.now) {
    super();
    this.#session = session;
    this.#cache = cache;
    this.#nowMs = nowMs;
    this.#seen = this.#shown = readKept(cache);
  }

  /** With every change that was wished for, as if the server had agreed. */
  get kept(): Kept {
    return this.#shown;
  }

  /** Whether the server told them in the last so many milliseconds. */
  isSeenWithin(spanMs: number): boolean {
    const { seenMs } = this.#shown;
    return seenMs !== null && this.#nowMs() - seenMs < spanMs;
  }

  /** Asks for all of them; what was known stays if the server does not answer. */
  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** Marks a station before the server knows it; takes that back if the server refuses. */
  keep(id: string): Promise<void> {
    return this.#change(id, true);
  }

  drop(id: string): Promise<void> {
    return this.#change(id, false);
  }

  /** Nobody is signed in any more. */
  forget(): void {
    this.#changes += 1;
    this.#wishes.clear();
    this.#seen = NOTHING;
    this.#cache.removeItem(FAVORITES_KEPT_AS);
    this.#show();
  }

  /** Another window changed them. */
  notice(): void {
    this.#seen = readKept(this.#cache);
    this.#show();
  }

  async #load(): Promise<void> {
    let changes: number;
    let stations: Favorite[];
    do {
      changes = this.#changes;
      stations = await this.#askAll();
      // An answer that is older than a change would undo it.
    } while (changes !== this.#changes);
    this.#remember({ ids: idsOf(stations), stations, seenMs: this.#nowMs() });
  }

  async #askAll(): Promise<Favorite[]> {
    const stations: Favorite[] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ limit: String(PAGE), ...(cursor ? { cursor } : {}) });
      const response = await this.#session.send(`api/v1/favorites?${query}`);
      const page: FavoriteList = await answerOf(response);
      stations.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return stations;
  }

  async #change(id: string, isKept: boolean): Promise<void> {
    const wish = { isKept };
    this.#wishes.set(id, wish);
    this.#show();
    // One after the other: of two presses of a star the second must win.
    const sent = this.#lastChange.then(() => this.#send(id, isKept));
    this.#lastChange = sent.catch(() => undefined);
    try {
      await sent;
      if (this.#wishes.has(id)) this.#remember(changed(this.#seen, id, isKept));
    } finally {
      this.#changes += 1;
      if (this.#wishes.get(id) === wish) this.#wishes.delete(id);
      this.#show();
    }
  }

  async #send(id: string, isKept: boolean): Promise<void> {
    const path = `api/v1/favorites/${encodeURIComponent(id)}`;
    // Also of a page that is left the moment after.
    const asked = { method: isKept ? "PUT" : "DELETE", keepalive: true };
    const response = await this.#session.send(path, asked);
    if (!response.ok) throw await refusalOf(response);
  }

  #remember(seen: Kept): void {
    this.#seen = seen;
    this.#cache.setItem(FAVORITES_KEPT_AS, JSON.stringify({ ...seen, ids: [...seen.ids] }));
    this.#show();
  }

  #show(): void {
    this.#shown = this.#seen;
    for (const [id, { isKept }] of this.#wishes) this.#shown = changed(this.#shown, id, isKept);
    this.tell();
  }
}

function changed(kept: Kept, id: string, isKept: boolean): Kept {
  const ids = new Set(kept.ids);
  if (isKept) ids.add(id);
  else ids.delete(id);
  return { ...kept, ids, stations: kept.stations.filter((station) => ids.has(station.id)) };
}

function idsOf(stations: readonly Favorite[]): Set<string> {
  return new Set(stations.map(({ id }) => id));
}

/** What the last visit knew, so that the list is there without a network. */
function readKept(cache: Cache): Kept {
  try {
    const stored: unknown = JSON.parse(cache.getItem(FAVORITES_KEPT_AS) ?? "null");
    if (typeof stored !== "object" || stored === null) return NOTHING;
    const { ids, stations, seenMs } = stored as { ids: string[] } & Omit<Kept, "ids">;
    return { ids: new Set(ids), stations: [...stations], seenMs };
  } catch {
    return NOTHING;
  }
}
