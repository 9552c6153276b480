import { beforeEach, describe, expect, it } from "vitest";
import { Refusal } from "../src/send";
import { type Handed, type HandOn, handOn, NOTHING } from "../src/account/handed";
import { type Lock, Session, SignedOut, TOKEN_KEPT_AS } from "../src/account/session";

/** A server that hands out numbered tokens, each refresh token good for one use. */
class Server {
  readonly asked: string[] = [];
  turn = 0;
  isDown = false;
  /** What happens while a refresh is under way. */
  meanwhile: () => void = () => undefined;
  readonly fetch: typeof fetch = async (input, init) => {
    const path = String(input);
    this.asked.push(path);
    await Promise.resolve();
    if (this.isDown) throw new TypeError("network");
    const headers = (init?.headers ?? {}) as Record<string, string>;
    if (path.endsWith("/auth/token")) {
      const isRight = (init?.body as URLSearchParams).get("password") === "right";
      return isRight ? this.#tokens() : problem(401, "invalid-credentials");
    }
    if (path.endsWith("/auth/refresh")) {
      this.meanwhile();
      const isCurrent = String(init?.body).includes(`"refresh-${this.turn}"`);
      return isCurrent ? this.#tokens() : problem(401, "invalid-token");
    }
    if (init?.method === "PATCH") return problem(401, "invalid-credentials");
    if (path.endsWith("/auth/logout")) return new Response(null, { status: 204 });
    const isCurrent = headers["Authorization"] === `Bearer access-${this.turn}`;
    return isCurrent ? new Response("{}") : problem(401, "invalid-token");
  };

  #tokens(): Response {
    this.turn += 1;
    const tokens = { access_token: `access-${this.turn}`, refresh_token: `refresh-${this.turn}` };
    return Response.json({ ...tokens, token_type: "bearer", expires_in: 900 });
  }

  count(path: string): number {
    return this.asked.filter((asked) => asked.endsWith(path)).length;
  }
}

function problem(status: number, slug: string): Response {
  const body = {
    type: `https://voltway.example/problems/${slug}`,
    detail: "No.",
    errors: [{ pointer: "/password", detail: "too short" }],
  };
  return Response.json(body, { status });
}

/** One at a time, as the lock of the browser works over all windows. */
function makeLock(): Lock {
  let before: Promise<unknown> = Promise.resolve();
  return (_name, work) => {
    const mine = before.then(work, work);
    before = mine;
    return mine;
  };
}

let server: Server;
let kept: Map<string, string>;
let handed: Handed;
let nowMs: number;
let lock: Lock;

const handOnAtOnce: HandOn = async (change) => {
  if (change) handed = change(handed);
  return handed;
};

function window(seen = kept, handOn = handOnAtOnce): Session {
  const storage = {
    getItem: (name: string) => seen.get(name) ?? null,
    setItem: (name: string, value: string) => void seen.set(name, value),
    removeItem: (name: string) => void seen.delete(name),
  };
  return new Session({ fetch: server.fetch, storage, lock, handOn, nowMs: () => nowMs });
}

/** One that the changes of other windows do not reach. */
function windowBehind(): Session {
  return window(new Map(kept));
}

beforeEach(() => {
  server = new Server();
  kept = new Map();
  handed = NOTHING;
  nowMs = 0;
  lock = makeLock();
});

describe("a session", () => {
  it("begins with a password, and says what was refused and where", async () => {
    const session = window();
    const refusal = await session.signIn("anna", "wrong").catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({
      status: 401,
      slug: "invalid-credentials",
      fields: { password: "too short" },
    });
    expect(session.isSignedIn).toBe(false);
    await session.signIn("anna", "right");
    expect(session.isSignedIn).toBe(true);
    expect((await session.send("api/v1/users/me")).status).toBe(200);
    expect(server.count("/auth/refresh")).toBe(0);
  });

  it("keeps the access token in memory alone", async () => {
    await window().signIn("anna", "right");
    expect([...kept]).toEqual([[TOKEN_KEPT_AS, "refresh-1"]]);
  });

  it("renews a token that ends with one request, however many wait for it", async () => {
    const session = window();
    await session.signIn("anna", "right");
    nowMs = 900_000;
    const answers = await Promise.all([1, 2, 3, 4].map(() => session.send("api/v1/favorites")));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(server.count("/auth/refresh")).toBe(1);
  });

  it("renews a token that the server no longer takes, and asks once more", async () => {
    const session = window();
    await session.signIn("anna", "right");
    await window().send("api/v1/favorites");
    expect((await session.send("api/v1/favorites")).status).toBe(200);
    expect(server.count("/favorites")).toBe(3);
  });

  it("never uses a refresh token twice, in two windows neither", async () => {
    await window().signIn("anna", "right");
    const answers = await Promise.all([window(), window()].map((one) => one.send("api/v1/me")));
    expect(server.count("/auth/refresh")).toBeGreaterThanOrEqual(2);
    expect(answers.every(({ status }) => status === 200 || status === 401)).toBe(true);
    expect(kept.get(TOKEN_KEPT_AS)).toBe(`refresh-${server.turn}`);
  });

  it("ends when its token is refused, and tells", async () => {
    const session = window();
    await session.signIn("anna", "right");
    nowMs = 900_000;
    kept.set(TOKEN_KEPT_AS, "stolen and used");
    let told = 0;
    const stop = session.subscribe(() => (told += 1));
    await expect(session.send("api/v1/favorites")).rejects.toBeInstanceOf(SignedOut);
    expect(session.isEndedByServer).toBe(true);
    expect(session.isSignedIn).toBe(false);
    expect(told).toBe(1);
    stop();
    await expect(session.send("api/v1/favorites")).rejects.toBeInstanceOf(SignedOut);
    await session.signIn("anna", "right");
    expect(session.isEndedByServer).toBe(false);
  });

  it("outlives a server that does not answer", async () => {
    const session = window();
    await session.signIn("anna", "right");
    nowMs = 900_000;
    server.isDown = true;
    await expect(session.send("api/v1/favorites")).rejects.toMatchObject({ reason: "unreachable" });
    server.isDown = false;
    expect((await session.send("api/v1/favorites")).status).toBe(200);
  });

  it("is over here at once, whether the server hears of it or not", async () => {
    const session = window();
    await session.signIn("anna", "right");
    server.isDown = true;
    session.signOut();
    expect(session.isSignedIn).toBe(false);
    expect(kept.size).toBe(0);
    expect(server.count("/auth/logout")).toBe(1);
  });

  it("stays over when another window signs out while a token is renewed", async () => {
    await window().signIn("anna", "right");
    server.meanwhile = () => kept.delete(TOKEN_KEPT_AS);
    await expect(window().send("api/v1/favorites")).rejects.toBeInstanceOf(SignedOut);
    expect(kept.size).toBe(0);
  });

  it("is that of who signed in meanwhile", async () => {
    await window().signIn("anna", "right");
    server.meanwhile = () => {
      server.meanwhile = () => undefined;
      server.turn += 1;
      kept.set(TOKEN_KEPT_AS, `refresh-${server.turn}`);
    };
    expect((await window().send("api/v1/favorites")).status).toBe(200);
    expect(kept.get(TOKEN_KEPT_AS)).toBe(`refresh-${server.turn}`);
  });

  it("is not renewed for a wrong password beside its token", async () => {
    const session = window();
    await session.signIn("anna", "right");
    expect((await session.send("api/v1/users/me", { method: "PATCH" })).status).toBe(401);
    expect(server.count("/users/me")).toBe(1);
    expect(server.count("/auth/refresh")).toBe(0);
  });

  it("goes on while a password is checked, and no other one is left", async () => {
    const session = window();
    await session.signIn("anna", "right");
    await expect(session.check("anna", "wrong")).rejects.toBeInstanceOf(Refusal);
    await session.check("anna", "right");
    expect(kept.get(TOKEN_KEPT_AS)).toBe("refresh-1");
    expect(server.count("/auth/logout")).toBe(1);
  });
});

describe("a window whose storage is behind that of others", () => {
  it("uses no refresh token that another has used", async () => {
    await window().signIn("anna", "right");
    for (const one of [1, 2, 3].map(windowBehind))
      expect((await one.send("api/v1/favorites")).status).toBe(200);
    expect(server.turn).toBe(4);
    expect(server.count("/auth/refresh")).toBe(3);
  });

  it("goes on when it was behind by many exchanges", async () => {
    const session = window();
    await session.signIn("anna", "right");
    const behind = windowBehind();
    for (let exchange = 0; exchange < 300; exchange += 1) {
      nowMs += 900_000;
      await session.send("api/v1/favorites");
    }
    expect((await behind.send("api/v1/favorites")).status).toBe(200);
  });

  it("is signed out by another, and asks the server for nothing", async () => {
    const session = window();
    await session.signIn("anna", "right");
    const behind = windowBehind();
    session.signOut();
    await expect(behind.send("api/v1/favorites")).rejects.toBeInstanceOf(SignedOut);
    expect(server.count("/auth/refresh")).toBe(0);
    expect(behind.isSignedIn).toBe(false);
    expect(behind.isEndedByServer).toBe(false);
  });

  it("goes on as who signed in in another", async () => {
    const session = window();
    await session.signIn("anna", "right");
    const behind = windowBehind();
    session.signOut();
    await session.signIn("berta", "right");
    expect((await behind.send("api/v1/favorites")).status).toBe(200);
    expect(server.turn).toBe(3);
  });

  it("does not end the session that it knows nothing of", async () => {
    const behind = windowBehind();
    await window().signIn("anna", "right");
    await expect(behind.send("api/v1/favorites")).rejects.toBeInstanceOf(SignedOut);
    behind.signOut();
    expect((await windowBehind().send("api/v1/favorites")).status).toBe(200);
  });
});

describe("without a database", () => {
  it("a session is carried on by its storage", async () => {
    await window(kept, handOn).signIn("anna", "right");
    for (const one of [1, 2].map(() => window(kept, handOn)))
      expect((await one.send("api/v1/favorites")).status).toBe(200);
    expect(kept.get(TOKEN_KEPT_AS)).toBe("refresh-3");
  });

  it("a session of before is carried on by the next window that has one", async () => {
    await window(kept, handOn).signIn("anna", "right");
    expect((await windowBehind().send("api/v1/favorites")).status).toBe(200);
    expect((await windowBehind().send("api/v1/favorites")).status).toBe(200);
  });
});
