/** The stations that somebody keeps: changed at once on the screen, then on the server. */
import type { Station } from "../api";
import { answerOf, refusalOf } from "./send";
import type { Session } from "./session";

/** A kept station; one that left the catalogue is known by less. */
export interface Favorite extends Station {
  readonly favorited_at: string;
}

export type Order = "created" | "distance";

export interface Kept {
  readonly ids: ReadonlySet<string>;
  /** Newest first; as the server last told them. */
  readonly stations: readonly Favorite[];
}

type Cache = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export const FAVORITES_KEPT_AS = "voltway.favorites";

const NOTHING: Kept = { ids: new Set(), stations: [] };
const PAGE = 500;

export class Favorites {
  readonly #session: Pick<Session, "send">;
  readonly #cache: Cache;
  readonly #listeners = new Set<() => void>();
  #kept: Kept;

  constructor(session: Pick<Session, "send">, cache: Cache) {
    this.#session = session;
    this.#cache = cache;
    this.#kept = readKept(cache);
  }

  get kept(): Kept {
    return this.#kept;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks for all of them; what was known stays if the server does not answer. */
  async load(signal: AbortSignal | null = null): Promise<void> {
    const stations: Favorite[] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ limit: String(PAGE), ...(cursor ? { cursor } : {}) });
      const response = await this.#session.send(`api/v1/favorites?${query}`, { signal });
      const page: { items: Favorite[]; next_cursor: string | null } = await answerOf(response);
      stations.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    this.#show({ ids: new Set(stations.map(({ id }) => id)), stations });
  }

  /** Marks a station before the server knows it; takes that back if the server refuses. */
  async keep(id: string): Promise<void> {
    await this.#change(id, "PUT", (ids) => ids.add(id));
  }

  async drop(id: string): Promise<void> {
    await this.#change(id, "DELETE", (ids) => ids.delete(id));
  }

  /** Nobody is signed in any more. */
  forget(): void {
    this.#show(NOTHING);
    this.#cache.removeItem(FAVORITES_KEPT_AS);
  }

  async #change(id: string, method: string, mark: (ids: Set<string>) => void): Promise<void> {
    const wasKept = this.#kept.ids.has(id);
    this.#mark(mark);
    try {
      const path = `api/v1/favorites/${encodeURIComponent(id)}`;
      const response = await this.#session.send(path, { method });
      if (!response.ok) throw await refusalOf(response);
    } catch (error) {
      // Only this station: others may have been marked meanwhile.
      this.#mark((ids) => (wasKept ? ids.add(id) : ids.delete(id)));
      throw error;
    }
  }

  #mark(mark: (ids: Set<string>) => void): void {
    const ids = new Set(this.#kept.ids);
    mark(ids);
    this.#show({ ...this.#kept, ids });
  }

  #show(kept: Kept): void {
    this.#kept = kept;
    const stored = { ids: [...kept.ids], stations: kept.stations };
    try {
      this.#cache.setItem(FAVORITES_KEPT_AS, JSON.stringify(stored));
    } catch {
      // A full or forbidden storage costs the list offline, nothing else.
    }
    for (const listener of this.#listeners) listener();
  }
}

/** What the last visit knew, so that the list is there without a network. */
function readKept(cache: Cache): Kept {
  try {
    const stored: unknown = JSON.parse(cache.getItem(FAVORITES_KEPT_AS) ?? "null");
    if (typeof stored !== "object" || stored === null) return NOTHING;
    const { ids, stations } = stored as { ids: string[]; stations: Favorite[] };
    return { ids: new Set(ids), stations: [...stations] };
  } catch {
    return NOTHING;
  }
}
