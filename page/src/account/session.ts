/**
 * Who is signed in, and the tokens that prove it.
 *
 * The short access token lives in memory alone. The refresh token lives in `localStorage`, so
 * that a phone that ends the page does not end the session; it changes with every use, under
 * a lock that all windows share, and is handed on to the next inside that lock, since a token
 * used twice ends the session on the server.
 */
import type { TokenAnswer } from "../../generated/api";
import { type Fetch, answerOf, jsonBody, refusalOf, send } from "../send";
import { type HandOn, handedOn, latest } from "./handed";
import type { Kept } from "./storage";
import { Teller } from "./told";

export type Tokens = Readonly<
  Required<Pick<TokenAnswer, "access_token" | "refresh_token" | "expires_in">>
>;

/** What is needed of `navigator.locks`. */
export type Lock = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;

export interface Surroundings {
  readonly fetch: Fetch;
  readonly storage: Kept;
  readonly lock: Lock;
  readonly handOn: HandOn;
  readonly nowMs: () => number;
}

export const TOKEN_KEPT_AS = "voltway.session";

const LOCK = "voltway.session";
/** Renewed this long before its end, so that no request is under way while it ends. */
const SPARE_MS = 20_000;

/** An answer that comes too late is a session lost: on a bad line, waiting is better. */
const EXCHANGE_MS = 60_000;

export class SignedOut extends Error {}

/** Tells when somebody signed in or out. */
export class Session extends Teller {
  readonly #around: Surroundings;
  #access: { readonly token: string; readonly endsMs: number } | null = null;
  #renewal: Promise<string> | null = null;
  #isEndedByServer = false;

  constructor(around: Surroundings) {
    super();
    this.#around = around;
  }

  get isSignedIn(): boolean {
    return this.#kept() !== null;
  }

  /** The last session did not end by signing out. */
  get isEndedByServer(): boolean {
    return this.#isEndedByServer;
  }

  /** Throws `Refusal` for a wrong name or password. */
  async signIn(name: string, password: string): Promise<void> {
    await this.#around.lock(LOCK, async () => this.#take(await this.#tokensFor(name, password)));
    this.tell();
  }

  /** Throws `Refusal` where a password is not the account's; the present session goes on. */
  async check(name: string, password: string): Promise<void> {
    this.#end((await this.#tokensFor(name, password)).refresh_token);
  }

  /** Forgets the tokens here at once; the server is told, but not waited for. */
  signOut(): void {
    const refreshToken = this.#kept();
    this.forget();
    if (refreshToken !== null) this.#end(refreshToken);
  }

  forget(): void {
    this.#access = null;
    // Of a session that began in another window a moment ago nothing is known here.
    if (this.isSignedIn) void this.#keep(null);
    this.tell();
  }

  /** Another window signed in or out. */
  notice(): void {
    this.#access = null;
    this.tell();
  }

  /**
   * Sends a request in the name of who is signed in, once more with a new token if the
   * server no longer takes the old one. Throws `SignedOut`, `ApiError`.
   */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const first = await this.#sendAs(await this.#token(), path, init);
    if (first.status !== 401 || (await isOfPassword(first))) return first;
    this.#access = null;
    return this.#sendAs(await this.#token(), path, init);
  }

  async #tokensFor(name: string, password: string): Promise<Tokens> {
    const body = new URLSearchParams({ grant_type: "password", username: name, password });
    return answerOf(await this.#send("api/v1/auth/token", { method: "POST", body }));
  }

  #end(refreshToken: string): void {
    const told = { method: "POST", keepalive: true, ...jsonBody({ refresh_token: refreshToken }) };
    // An unreachable server ends the session when its token ends.
    this.#send("api/v1/auth/logout", told).catch(() => undefined);
  }

  #sendAs(token: string, path: string, init: RequestInit): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), Authorization: `Bearer ${token}` };
    return this.#send(path, { ...init, headers });
  }

  #send(path: string, init: RequestInit, timeoutMs?: number): Promise<Response> {
    return send(path, init, this.#around.fetch, timeoutMs);
  }

  async #token(): Promise<string> {
    if (this.#access && this.#access.endsMs > this.#around.nowMs()) return this.#access.token;
    this.#renewal ??= this.#around
      .lock(LOCK, () => this.#renew())
      .finally(() => {
        this.#renewal = null;
      });
    return this.#renewal;
  }

  /** Inside the lock: the token may be another window's newer one. */
  async #renew(): Promise<string> {
    const refreshToken = await this.#latest();
    if (refreshToken === null) {
      this.forget();
      throw new SignedOut();
    }
    const asked = { method: "POST", ...jsonBody({ refresh_token: refreshToken }) };
    const response = await this.#send("api/v1/auth/refresh", asked, EXCHANGE_MS);
    const tokens = response.ok ? await answerOf<Tokens>(response) : null;
    // Meanwhile another window signed out, or in as somebody else.
    if ((await this.#latest()) !== refreshToken) return this.#renew();
    if (tokens !== null) return this.#take(tokens);
    if (response.status !== 401) throw await refusalOf(response);
    this.#isEndedByServer = true;
    this.forget();
    throw new SignedOut();
  }

  async #take({ access_token, refresh_token, expires_in }: Tokens): Promise<string> {
    const endsMs = this.#around.nowMs() + expires_in * 1000 - SPARE_MS;
    this.#access = { token: access_token, endsMs };
    this.#isEndedByServer = false;
    await this.#keep(refresh_token);
    return access_token;
  }

  /** Here at once; in all windows when this is done. */
  async #keep(token: string | null): Promise<void> {
    const { storage, handOn } = this.#around;
    const before = this.#kept();
    if (token === null) storage.removeItem(TOKEN_KEPT_AS);
    else storage.setItem(TOKEN_KEPT_AS, token);
    await handOn((handed) => handedOn(handed, before, token));
  }

  async #latest(): Promise<string | null> {
    const handed = await this.#around.handOn();
    // Read last: whoever signs out here does not wait for what was handed on.
    return latest(handed, this.#kept());
  }

  #kept(): string | null {
    return this.#around.storage.getItem(TOKEN_KEPT_AS);
  }
}

/** Some requests need the password beside the token; a new token would not mend that. */
async function isOfPassword(refused: Response): Promise<boolean> {
  return (await refusalOf(refused.clone())).slug === "invalid-credentials";
}
