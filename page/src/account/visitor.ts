/** Who looks at this page: their session and their favourites, in step with other windows. */
import { useEffect, useState } from "preact/hooks";
import { sayFailure } from "./asked";
import { Favorites, FAVORITES_KEPT_AS, type Kept } from "./favorites";
import { handOn } from "./handed";
import { type Lock, Session, SignedOut, TOKEN_KEPT_AS } from "./session";
import { lasting } from "./storage";
import type { Teller } from "./told";

/**
 * Favourites that were seen within this time are not asked for when the page begins: a page that
 * is left while its refresh token is exchanged loses it, so that this shall happen rarely.
 */
const FRESH_MS = 15 * 60_000;

const storage = lasting();

/** Without HTTPS the browser has no locks: windows then renew their tokens each for itself. */
const sharedLock: Lock = async (name, work) => {
  const locks = navigator.locks as LockManager | undefined;
  return locks ? locks.request(name, work) : work();
};

export const session = new Session({
  fetch: (...asked) => fetch(...asked),
  storage,
  lock: sharedLock,
  handOn,
  nowMs: Date.now,
});

export const favorites = new Favorites(session, storage);

export function useSignedIn(): boolean {
  return useTold(session, () => session.isSignedIn);
}

export function useKept(): Kept {
  return useTold(favorites, () => favorites.kept);
}

/** What a part of the page sees of something, now and after each change. */
export function useTold<Seen>(teller: Teller, look: () => Seen): Seen {
  const [seen, setSeen] = useState(look);
  useEffect(() => {
    const follow = () => setSeen(look);
    follow();
    return teller.subscribe(follow);
  }, [teller]);
  return seen;
}

/** What fails here is told where the list is looked at. */
function loadQuietly(): void {
  favorites.load().catch(() => undefined);
}

/** As long as the page is open: follows who signs in and out, here and in other windows. */
export function useVisitor(): void {
  useEffect(() => {
    let wasSignedIn = session.isSignedIn;
    if (!wasSignedIn) favorites.forget();
    else if (!favorites.isSeenWithin(FRESH_MS)) loadQuietly();
    const unfollow = session.subscribe(() => {
      if (session.isSignedIn === wasSignedIn) return;
      wasSignedIn = session.isSignedIn;
      if (wasSignedIn) loadQuietly();
      else favorites.forget();
      if (session.isEndedByServer) sayFailure(new SignedOut(), null, () => undefined);
    });
    addEventListener("storage", hearOtherWindow);
    return () => {
      unfollow();
      removeEventListener("storage", hearOtherWindow);
    };
  }, []);
}

function hearOtherWindow({ key, oldValue, newValue }: StorageEvent): void {
  // A token that only changed is of no interest: each window has an access token of its own.
  const isOtherSession = oldValue === null || newValue === null;
  if (key === null || (key === TOKEN_KEPT_AS && isOtherSession)) session.notice();
  if (key === FAVORITES_KEPT_AS) favorites.notice();
}
