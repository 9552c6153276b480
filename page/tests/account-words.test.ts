import { describe, expect, it } from "vitest";
import type { Favorite } from "../src/account/favorites";
import { ordered } from "../src/account/order";
import { refusalOf, send } from "../src/send";
import { sentenceOf } from "../src/account/sentences";
import { SignedOut } from "../src/account/session";
import { lasting } from "../src/account/storage";

async function sentenceFor(status: number, slug: string, headers = {}): Promise<string> {
  const body = { type: `/docs/problems#${slug}`, detail: "Told by the server." };
  return sentenceOf(await refusalOf(Response.json(body, { status, headers })));
}

describe("what went wrong", () => {
  it("says how long to wait, where the server does", async () => {
    const wait = await sentenceFor(429, "too-many-requests", { "Retry-After": "7" });
    expect(wait).toContain("Wait 7 seconds");
    expect(await sentenceFor(429, "too-many-requests")).toContain("in a while");
  });

  it("is said in the page's own words, else in the server's", async () => {
    expect(await sentenceFor(401, "invalid-credentials")).toContain("do not belong together");
    expect(await sentenceFor(503, "limits-unavailable")).toContain("in a while");
    expect(await sentenceFor(418, "unheard-of")).toContain("Told by the server.");
  });

  it("names a server that is away, and a session that is over", async () => {
    const noFetch = () => Promise.reject(new TypeError());
    const away = await send("api", {}, noFetch).catch((error: unknown) => error);
    expect(sentenceOf(away, true)).toContain("does not answer");
    expect(sentenceOf(away, false)).toContain("no connection");
    expect(sentenceOf(new SignedOut())).toContain("no longer signed in");
    expect(sentenceOf(new Error("a fault of the page"))).toContain("could not answer");
  });
});

describe("favourites in order", () => {
  const stations = [48, 45, 47].map((latitude) => ({ id: `${latitude}`, latitude, longitude: 2 }) as Favorite);
  const view = { latitude: 45, longitude: 2, zoom: 9 };
  const ids = (list: readonly Favorite[]) => list.map(({ id }) => id);

  it("stay as the server told them, with their distance", () => {
    expect(ids(ordered(stations, "created", view))).toEqual(["48", "45", "47"]);
    expect(ordered(stations, "created", view)[1]?.distance_m).toBe(0);
  });

  it("are nearest first, where there is a middle to be near to", () => {
    expect(ids(ordered(stations, "distance", view))).toEqual(["45", "47", "48"]);
    expect(ids(ordered(stations, "distance", null))).toEqual(["48", "45", "47"]);
  });
});

describe("a storage", () => {
  it("is the window's memory where the browser forbids its own", () => {
    const storage = lasting(() => {
      throw new DOMException("denied", "SecurityError");
    });
    storage.setItem("name", "value");
    expect(storage.getItem("name")).toBe("value");
    storage.removeItem("name");
    expect(storage.getItem("name")).toBeNull();
  });

  it("keeps nothing old where there is no room for the new", () => {
    const kept = new Map([["name", "old"]]);
    const full = {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
      removeItem: (name: string) => void kept.delete(name),
    };
    const storage = lasting(() => full);
    storage.setItem("name", "new");
    expect(storage.getItem("name")).toBe("new");
    expect(kept.size).toBe(0);
  });
});
