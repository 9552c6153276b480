/** Which requests the service worker keeps, and which of them ask for the same. */

/** `null`: none of the worker's business. */
export type Kind = "page" | "file" | "answer" | null;

/** What the worker tells the page of an answer: it came from the server, or it was kept. */
export type News = "fresh" | "kept";

const ANSWERS = /^(?:api\/v1\/(?:stations|sources|operators|places)(?:\/|$)|tiles\/|map\/)/;
const AREA = ["latitude", "longitude", "radius_km", "bbox", "zoom"];
const LISTS = /\/api\/v1\/stations(?:\/clusters)?$/;

/** What belongs to somebody, or changes something, is never kept. */
export function isPersonal(request: Pick<Request, "method" | "headers">): boolean {
  return request.method !== "GET" || request.headers.has("Authorization");
}

export function kindOf(url: string, scope: string): Kind {
  const { origin, pathname } = new URL(url);
  const folder = new URL(scope);
  if (origin !== folder.origin || !pathname.startsWith(folder.pathname)) return null;
  const path = pathname.slice(folder.pathname.length);
  if (path === "") return "page";
  if (path.startsWith("assets/")) return "file";
  return ANSWERS.test(path) ? "answer" : null;
}

/** Whether two lists of stations differ in nothing but the area that they are about. */
export function sameQuestion(one: string, other: string): boolean {
  const [first, second] = [new URL(one), new URL(other)];
  if (first.pathname !== second.pathname || !LISTS.test(first.pathname)) return false;
  return withoutArea(first) === withoutArea(second);
}

function withoutArea({ searchParams }: URL): string {
  const query = new URLSearchParams(searchParams);
  for (const name of AREA) query.delete(name);
  query.sort();
  return query.toString();
}
