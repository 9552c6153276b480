/**
 * The service worker: the page and what was seen last, without a connection.
 *
 * The network is asked first for all that may change, also for the page itself: a visitor is
 * never held on an old version. Files whose names carry a hash come from the cache.
 */
/// <reference lib="webworker" />
import { isPersonal, kindOf, type News, sameQuestion } from "./requests";

declare const self: ServiceWorkerGlobalScope;

/** Written by the build: a hash of all of its files, and those that the page needs to begin. */
declare const SHELL_VERSION: string;
declare const SHELL_FILES: readonly string[];

const SHELL = `shell-${SHELL_VERSION}`;
const SEEN = "seen";
const MOST_SEEN = 400;
/** To count what is kept takes longer than to keep: it is done once in so many answers. */
const COUNTED_EVERY = 50;
/** A connection that is slower than this is as good as none for the page itself. */
const PATIENCE_MS = 5000;

self.addEventListener("install", (event) => {
  event.waitUntil(fillShell().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOldShells().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (isPersonal(request)) return;
  const kind = kindOf(request.url, self.registration.scope);
  if (kind === "page") event.respondWith(page(request));
  if (kind === "file") event.respondWith(file(request));
  if (kind === "answer") event.respondWith(answer(event));
});

async function fillShell(): Promise<void> {
  const cache = await caches.open(SHELL);
  await cache.addAll(SHELL_FILES);
}

async function dropOldShells(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("shell-") && name !== SHELL);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function page(request: Request): Promise<Response> {
  const cache = await caches.open(SHELL);
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.ok) return response;
    return (await cache.match("./")) ?? response;
  } catch {
    return (await cache.match("./")) ?? Response.error();
  }
}

async function file(request: Request): Promise<Response> {
  const cache = await caches.open(SHELL);
  const known = await cache.match(request);
  if (known) return known;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

async function answer(event: FetchEvent): Promise<Response> {
  const { request } = event;
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    const cache = await caches.open(SEEN);
    const known = (await cache.match(request)) ?? (await newestAlike(cache, request.url));
    if (known === undefined) throw error;
    await tell("kept");
    return known;
  }
  // The page need not wait until its answer is kept.
  if (response.ok) event.waitUntil(keep(request, response.clone()));
  event.waitUntil(tell("fresh"));
  return response;
}

/** Tells the windows whether they show what is, or what was seen before. */
async function tell(news: News): Promise<void> {
  for (const window of await self.clients.matchAll()) window.postMessage(news);
}

/** The browser ends a worker that rests, so the first answer of each life counts, too. */
let keptSinceCount = COUNTED_EVERY;

async function keep(request: Request, response: Response): Promise<void> {
  try {
    const cache = await caches.open(SEEN);
    await cache.put(request, response);
    keptSinceCount += 1;
    if (keptSinceCount <= COUNTED_EVERY) return;
    keptSinceCount = 0;
    const known = await cache.keys();
    await Promise.all(known.slice(0, -MOST_SEEN).map((oldest) => cache.delete(oldest)));
  } catch {
    // A full storage costs the answer offline, nothing else.
  }
}

/** The last answer to the same question about another area: the page leaves out what is not in view. */
async function newestAlike(cache: Cache, url: string): Promise<Response | undefined> {
  const known = await cache.keys();
  const newest = known.findLast((asked) => sameQuestion(asked.url, url));
  return newest && cache.match(newest);
}
