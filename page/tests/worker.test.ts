import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type MemoryCache, MemoryCaches, WorkerScope } from "./worker-scope";

const FILES = ["./", "assets/index-1a.js"];
const MOST_SEEN = 400;
const COUNTED_EVERY = 50;

let caches: MemoryCaches;
let scope: WorkerScope;
let isOnline: boolean;
let status: number;
let asked: string[];

/** A worker as a browser begins it: its own memory is new, what was stored is still there. */
async function begin(): Promise<void> {
  vi.resetModules();
  scope = new WorkerScope();
  vi.stubGlobal("self", scope);
  await import("../src/offline/sw");
}

async function network(request: Request | string): Promise<Response> {
  if (!isOnline) throw new TypeError("no connection");
  const url = typeof request === "string" ? request : request.url;
  asked.push(url);
  return new Response(`${url} #${asked.length}`, { status });
}

async function seen(): Promise<string[]> {
  return ((await caches.open("seen").then((cache) => cache.keys())) ?? []).map(({ url }) => url);
}

beforeEach(async () => {
  caches = new MemoryCaches();
  [isOnline, status, asked] = [true, 200, []];
  vi.stubGlobal("caches", caches);
  vi.stubGlobal("fetch", network);
  vi.stubGlobal("SHELL_VERSION", "two");
  vi.stubGlobal("SHELL_FILES", FILES);
  await begin();
});

afterEach(() => vi.unstubAllGlobals());

describe("the page itself", () => {
  it("is kept whole when the worker is installed, and an older one is dropped", async () => {
    await caches.open("shell-one");
    await caches.open("seen");
    await caches.open("somebody-elses");
    await scope.live("install");
    const urls = (await (await caches.open("shell-two")).keys()).map(({ url }) => url);
    expect(urls).toEqual(["https://volt.example/", "https://volt.example/assets/index-1a.js"]);
    await scope.live("activate");
    expect((await caches.keys()).sort()).toEqual(["seen", "shell-two", "somebody-elses"]);
  });

  it("is not taken over by halves: an install that misses a file fails", async () => {
    status = 503;
    await expect(scope.live("install")).rejects.toThrow();
  });

  it("comes from the network, from the cache where that or the server is away", async () => {
    await scope.live("install");
    await expect(scope.ask("?lang=de").then((page) => page?.text())).resolves.toMatch(/lang=de #3$/);
    status = 502;
    await expect(scope.ask("").then((page) => page?.text())).resolves.toBe("https://volt.example/ #1");
    isOnline = false;
    await expect(scope.ask("").then((page) => page?.text())).resolves.toBe("https://volt.example/ #1");
  });

  it("has files that are asked for once", async () => {
    await scope.live("install");
    await scope.ask("assets/index-1a.js");
    await scope.ask("assets/later-2b.js");
    await scope.ask("assets/later-2b.js");
    expect(asked.slice(FILES.length)).toEqual(["https://volt.example/assets/later-2b.js"]);
  });
});

describe("answers", () => {
  it("are the server's, the last ones where it is away, and the windows are told which", async () => {
    await scope.ask("api/v1/stations/demo:1");
    const fresh = await scope.ask("api/v1/stations/demo:1");
    isOnline = false;
    const kept = await scope.ask("api/v1/stations/demo:1");
    expect(await kept?.text()).toBe(await fresh?.text());
    expect(scope.told).toEqual(["fresh", "fresh", "kept"]);
    await expect(scope.ask("api/v1/stations/demo:2")).rejects.toThrow("no connection");
  });

  it("of another area stand in for a list, the newest first", async () => {
    await scope.ask("api/v1/stations?latitude=1&limit=50");
    await scope.ask("api/v1/stations?latitude=2&limit=50");
    await scope.ask("api/v1/stations?latitude=3&limit=50&connector=ccs2");
    isOnline = false;
    const answer = await scope.ask("api/v1/stations?latitude=9&limit=50");
    expect(await answer?.text()).toMatch(/latitude=2&limit=50 #2$/);
  });

  it("that belong to somebody, or change something, pass the worker by", async () => {
    const headers = { Authorization: "Bearer x" };
    await expect(scope.ask("api/v1/stations/demo:1", { headers })).resolves.toBeNull();
    await expect(scope.ask("api/v1/favorites", { headers })).resolves.toBeNull();
    await expect(scope.ask("api/v1/directions", { method: "POST" })).resolves.toBeNull();
    expect(await seen()).toEqual([]);
  });

  it("that are refusals are not kept", async () => {
    status = 429;
    await expect(scope.ask("api/v1/sources").then((answer) => answer?.status)).resolves.toBe(429);
    expect(await seen()).toEqual([]);
  });

  it("are bounded, the oldest go first, however often the browser ends the worker", async () => {
    const cache = await caches.open("seen");
    for (let number = 0; number < MOST_SEEN; number += 1) {
      await cache.put(`tiles/${number}`, new Response());
    }
    await scope.ask("tiles/0");
    for (const life of ["first", "second"]) {
      await begin();
      await scope.ask(`tiles/${life}`);
      expect((await seen()).length).toBe(MOST_SEEN);
    }
    const left = await seen();
    expect(left).toContain("https://volt.example/tiles/0");
    expect(left).not.toContain("https://volt.example/tiles/2");
    for (let number = 0; number <= COUNTED_EVERY; number += 1) await scope.ask(`tiles/more-${number}`);
    expect((await seen()).length).toBe(MOST_SEEN);
  });

  it("reach the page though the storage is full", async () => {
    const full: Pick<MemoryCache, "put"> = {
      put: () => Promise.reject(new DOMException("full", "QuotaExceededError")),
    };
    Object.assign(await caches.open("seen"), full);
    await expect(scope.ask("api/v1/sources").then((answer) => answer?.ok)).resolves.toBe(true);
  });
});
