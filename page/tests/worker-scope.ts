/** What a service worker finds around it, in memory: storage, network, windows, events. */

export const SCOPE = "https://volt.example/";

/** `Cache` as far as the worker uses it: oldest first, a new answer for a known address last. */
export class MemoryCache {
  readonly #kept = new Map<string, Response>();

  async put(request: Request | string, response: Response): Promise<void> {
    const url = addressOf(request);
    this.#kept.delete(url);
    this.#kept.set(url, new Response(await response.text(), response));
  }

  async match(request: Request | string): Promise<Response | undefined> {
    return this.#kept.get(addressOf(request))?.clone();
  }

  async keys(): Promise<Request[]> {
    return [...this.#kept.keys()].map((url) => new Request(url));
  }

  async delete(request: Request | string): Promise<boolean> {
    return this.#kept.delete(addressOf(request));
  }

  async addAll(urls: readonly string[]): Promise<void> {
    for (const url of urls) {
      const response = await fetch(addressOf(url));
      if (!response.ok) throw new TypeError("not all could be fetched");
      await this.put(url, response);
    }
  }
}

export class MemoryCaches {
  readonly caches = new Map<string, MemoryCache>();

  async open(name: string): Promise<MemoryCache> {
    const cache = this.caches.get(name) ?? new MemoryCache();
    this.caches.set(name, cache);
    return cache;
  }

  async keys(): Promise<string[]> {
    return [...this.caches.keys()];
  }

  async delete(name: string): Promise<boolean> {
    return this.caches.delete(name);
  }
}

type Listener = (event: object) => void;

/** `ServiceWorkerGlobalScope` as far as the worker uses it. */
export class WorkerScope {
  readonly registration = { scope: SCOPE };
  readonly told: unknown[] = [];
  readonly clients = {
    claim: async () => undefined,
    matchAll: async () => [{ postMessage: (message: unknown) => this.told.push(message) }],
  };
  readonly #listeners = new Map<string, Listener>();

  addEventListener(kind: string, listener: Listener): void {
    this.#listeners.set(kind, listener);
  }

  async skipWaiting(): Promise<void> {}

  /** Installs or activates the worker; waits until it is done. */
  async live(kind: "install" | "activate"): Promise<void> {
    const waits: Promise<unknown>[] = [];
    this.#listeners.get(kind)?.({ waitUntil: (work: Promise<unknown>) => waits.push(work) });
    await Promise.all(waits);
  }

  /** The worker's answer once all that it does besides is done; `null`: it left the request alone. */
  async ask(path: string, init: RequestInit = {}): Promise<Response | null> {
    const waits: Promise<unknown>[] = [];
    let answer: Promise<Response> | null = null;
    this.#listeners.get("fetch")?.({
      request: new Request(addressOf(path), init),
      waitUntil: (work: Promise<unknown>) => waits.push(work),
      respondWith: (work: Promise<Response>) => void (answer = work),
    });
    const response = await (answer as Promise<Response> | null);
    await Promise.all(waits);
    return response;
  }
}

function addressOf(request: Request | string): string {
  return typeof request === "string" ? new URL(request, SCOPE).href : request.url;
}
