import { beforeEach, describe, expect, it } from "vitest";
import { Favorites, FAVORITES_KEPT_AS } from "../src/account/favorites";

let asked: string[];
let answers: (() => Response)[];
let kept: Map<string, string>;

const session = {
  send: async (path: string, init: RequestInit = {}) => {
    asked.push(`${init.method ?? "GET"} ${path}${init.keepalive ? " that outlives the page" : ""}`);
    await Promise.resolve();
    return (answers.shift() ?? (() => new Response(null, { status: 204 })))();
  },
};
const cache = {
  getItem: (name: string) => kept.get(name) ?? null,
  setItem: (name: string, value: string) => void kept.set(name, value),
  removeItem: (name: string) => void kept.delete(name),
};
const none = () => Response.json({ items: [], next_cursor: null });
const page = (ids: string[], next: string | null) => () =>
  Response.json({ items: ids.map((id) => ({ id })), next_cursor: next });

beforeEach(() => {
  asked = [];
  answers = [];
  kept = new Map();
});

describe("favourites", () => {
  it("are all loaded, page by page, and known at the next visit", async () => {
    answers = [page(["demo:1", "demo:2"], "more"), page(["demo:3"], null)];
    await new Favorites(session, cache).load();
    expect(asked).toEqual([
      "GET api/v1/favorites?limit=500",
      "GET api/v1/favorites?limit=500&cursor=more",
    ]);
    const later = new Favorites(session, cache, () => 7);
    expect([...later.kept.ids]).toEqual(["demo:1", "demo:2", "demo:3"]);
    expect(later.kept.stations.map(({ id }) => id)).toEqual(["demo:1", "demo:2", "demo:3"]);
    answers = [none];
    await later.load();
    expect(later.isSeenWithin(1)).toBe(true);
    expect(later.kept).toEqual({ ids: new Set(), stations: [], seenMs: 7 });
  });

  it("are marked before the server answers", async () => {
    const favorites = new Favorites(session, cache);
    let told = 0;
    favorites.subscribe(() => (told += 1));
    const done = favorites.keep("osm:node%2F17");
    expect(favorites.kept.ids.has("osm:node%2F17")).toBe(true);
    expect(told).toBe(1);
    await done;
    expect(asked).toEqual(["PUT api/v1/favorites/osm%3Anode%252F17 that outlives the page"]);
    await favorites.drop("osm:node%2F17");
    expect(favorites.kept.ids.size).toBe(0);
  });

  it("are unmarked again when the server refuses, and the others stay", async () => {
    const favorites = new Favorites(session, cache);
    answers = [() => Response.json({ detail: "Too many." }, { status: 409 })];
    const refused = favorites.keep("demo:1");
    const kept = favorites.keep("demo:2");
    await expect(refused).rejects.toMatchObject({ status: 409, detail: "Too many." });
    await kept;
    expect([...favorites.kept.ids]).toEqual(["demo:2"]);
    answers = [() => new Response("gone away", { status: 502 })];
    await expect(favorites.drop("demo:2")).rejects.toMatchObject({ status: 502 });
    expect([...favorites.kept.ids]).toEqual(["demo:2"]);
  });

  it("are as the last press of a star wants them, in the order of the presses", async () => {
    const favorites = new Favorites(session, cache);
    const presses = [favorites.keep("demo:1"), favorites.drop("demo:1"), favorites.keep("demo:1")];
    expect(favorites.kept.ids.has("demo:1")).toBe(true);
    await Promise.all(presses);
    expect(asked.map((one) => one.split(" ")[0])).toEqual(["PUT", "DELETE", "PUT"]);
    expect([...new Favorites(session, cache).kept.ids]).toEqual(["demo:1"]);
  });

  it("are asked for again where they changed on the way", async () => {
    const favorites = new Favorites(session, cache);
    answers = [none, () => new Response(null, { status: 204 }), page(["demo:1"], null)];
    await Promise.all([favorites.load(), favorites.keep("demo:1"), favorites.load()]);
    expect(asked.filter((one) => one.startsWith("GET"))).toHaveLength(2);
    expect(favorites.kept.stations.map(({ id }) => id)).toEqual(["demo:1"]);
  });

  it("leave the list with their star, and come back when the server refuses", async () => {
    const favorites = new Favorites(session, cache);
    answers = [page(["demo:1"], null), () => new Response(null, { status: 503 })];
    await favorites.load();
    const refused = favorites.drop("demo:1");
    expect(favorites.kept.stations).toEqual([]);
    await expect(refused).rejects.toMatchObject({ status: 503 });
    expect(favorites.kept.stations).toHaveLength(1);
  });

  it("are those of the window that changed them last", async () => {
    const [one, other] = [new Favorites(session, cache), new Favorites(session, cache)];
    await one.keep("demo:1");
    other.notice();
    expect([...other.kept.ids]).toEqual(["demo:1"]);
  });

  it("are forgotten with the account", async () => {
    const favorites = new Favorites(session, cache);
    await favorites.keep("demo:1");
    const late = favorites.keep("demo:2");
    favorites.forget();
    await late;
    expect(favorites.kept.ids.size).toBe(0);
    expect(kept.has(FAVORITES_KEPT_AS)).toBe(false);
  });

  it.each(["{", "7", '{"ids": 7}'])("begin anew from a storage that holds %s", (stored) => {
    kept.set(FAVORITES_KEPT_AS, stored);
    expect(new Favorites(session, cache).kept.ids.size).toBe(0);
  });
});
