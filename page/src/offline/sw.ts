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
  if (kind === "answer") event.respondWith(answer(request));
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

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(SEEN);
  try {
    const response = await fetch(request);
    if (response.ok) await keep(cache, request, response.clone());
    await tell("fresh");
    return response;
  } catch (error) {
    const known = (await cache.match(request)) ?? (await newestAlike(cache, request.url));
    if (known === undefined) throw error;
    await tell("kept");
    return known;
  }
}

/** Tells the windows whether they show what is, or what was seen before. */
async function tell(news: News): Promise<void> {
  for (const window of await self.clients.matchAll()) window.postMessage(news);
}

let keptSinceTrim = 0;

async function keep(cache: Cache, request: Request, response: Response): Promise<void> {
  await cache.put(request, response);
  keptSinceTrim += 1;
  if (keptSinceTrim < 50) return;
  keptSinceTrim = 0;
  const known = await cache.keys();
  await Promise.all(known.slice(0, -MOST_SEEN).map((oldest) => cache.delete(oldest)));
}

/** The last answer to the same question about another area: the page leaves out what is not in view. */
async function newestAlike(cache: Cache, url: string): Promise<Response | undefined> {
  const known = await cache.keys();
  const newest = known.findLast((asked) => sameQuestion(asked.url, url));
  return newest && cache.match(newest);
}
