/**
 * Which refresh token came after which, handed on from window to window.
 *
 * Each window sees `localStorage` through a copy of its own, into which the changes of others
 * come late, even inside a lock. What a transaction of IndexedDB completed, all windows see.
 */
export interface Handed {
  /** Used or given up, the latest last. */
  readonly spent: readonly string[];
  /** What came after them; `null` after signing out. */
  readonly token: string | null;
}

/** Tells what was handed on, once a change of it, if there is one, is seen by all windows. */
export type HandOn = (change?: (handed: Handed) => Handed) => Promise<Handed>;

export const NOTHING: Handed = { spent: [], token: null };

const DATABASE = "voltway.session";
const STORE = "handed";
const KEY = "refresh";

/** What one sleeping window misses while four others exchange theirs for a day. */
const REMEMBERED = 400;

/** The lock is held meanwhile: a database that is stuck must not hold up all requests. */
const PATIENCE_MS = 10_000;

/** The token that holds now, to somebody who may have kept an older one. */
export function latest({ spent, token }: Handed, kept: string | null): string | null {
  return kept !== null && spent.includes(kept) ? token : kept;
}

/** As it is once somebody who kept an older token has a new one, or none. */
export function handedOn(handed: Handed, kept: string | null, token: string | null): Handed {
  const given = [...handed.spent, handed.token, kept].filter((one) => one !== null);
  return { spent: [...new Set(given)].slice(-REMEMBERED), token };
}

/** Where IndexedDB is forbidden, full or stuck, nothing was handed on. */
export const handOn: HandOn = (change) => {
  const late = new Promise<Handed>((done) => setTimeout(done, PATIENCE_MS, NOTHING));
  return Promise.race([transact(change).catch(() => NOTHING), late]);
};

function transact(change?: (handed: Handed) => Handed): Promise<Handed> {
  return new Promise((done, fail) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onerror = () => fail(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction(STORE, change ? "readwrite" : "readonly");
      const store = transaction.objectStore(STORE);
      const reading = store.get(KEY);
      let handed = NOTHING;
      reading.onsuccess = () => {
        handed = (reading.result as Handed | undefined) ?? NOTHING;
        if (change) store.put((handed = change(handed)), KEY);
      };
      transaction.oncomplete = () => done(handed);
      transaction.onabort = () => fail(transaction.error);
      // That waits for the transaction; left open, it would hold up who clears the data.
      opening.result.close();
    };
  });
}
