/** Whether there is a connection, and whether a newer page waits to be loaded. */
import { useEffect, useState } from "preact/hooks";
import type { News } from "./requests";

export interface Connection {
  readonly isOffline: boolean;
  readonly isNewer: boolean;
}

export function useConnection(): Connection {
  const [isOffline, setOffline] = useState(!navigator.onLine);
  const [isNewer, setNewer] = useState(false);

  useEffect(() => {
    const follow = () => setOffline(!navigator.onLine);
    addEventListener("online", follow);
    addEventListener("offline", follow);
    return () => {
      removeEventListener("online", follow);
      removeEventListener("offline", follow);
    };
  }, []);

  useEffect(() => {
    const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
    // The browser does not know of a server that is away; the worker does.
    const hear = ({ data }: MessageEvent<News>) => setOffline(data === "kept" || !navigator.onLine);
    workers?.addEventListener("message", hear);
    return () => workers?.removeEventListener("message", hear);
  }, []);

  useEffect(() => {
    const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
    // The first worker takes over a page that is as new as itself.
    if (!workers?.controller) return undefined;
    const tell = () => setNewer(true);
    workers.addEventListener("controllerchange", tell);
    return () => workers.removeEventListener("controllerchange", tell);
  }, []);

  return { isOffline, isNewer };
}

/** Without one (an insecure address, an old browser) the page works, only not offline. */
export function startWorker(): void {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  workers?.register("./sw.js").catch((reason: unknown) => console.info(String(reason)));
}
