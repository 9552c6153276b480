/** How the page asks the server that it came from, and how it is told why there is no answer. */

/** Why there is no answer; `detail` is the server's own sentence, where it sent one. */
export class ApiError extends Error {
  constructor(
    readonly reason: "unreachable" | "refused" | "missing",
    readonly detail: string | null = null,
  ) {
    super(detail ?? reason);
  }
}

/** The server's refusal as it explains it (RFC 9457). */
export class Refusal extends ApiError {
  constructor(
    readonly status: number,
    /** The problem's last word: "invalid-credentials"; empty where the server sent none. */
    readonly slug: string,
    detail: string | null,
    /** By field of the body: what is wrong with it. */
    readonly fields: Readonly<Record<string, string>>,
    /** Seconds until the server may be asked again, where it said so. */
    readonly retryAfterS: number | null,
  ) {
    super(status === 404 || status === 410 ? "missing" : "refused", detail);
  }
}

export type Fetch = typeof fetch;

const TIMEOUT_MS = 15_000;

/** Asks the server that this page came from; throws `ApiError` without an answer. */
export async function send(
  path: string,
  init: RequestInit,
  fetching: Fetch = fetch,
  timeoutMs = TIMEOUT_MS,
): Promise<Response> {
  const limits = [AbortSignal.timeout(timeoutMs), ...(init.signal ? [init.signal] : [])];
  try {
    return await fetching(path, { ...init, signal: AbortSignal.any(limits) });
  } catch {
    init.signal?.throwIfAborted();
    throw new ApiError("unreachable");
  }
}

/**
 * The answer of a request that went well; throws `Refusal` for one that did not, and `ApiError`
 * where what came is no answer of ours, or broke off.
 */
export async function answerOf<Answer>(response: Response, signal?: AbortSignal): Promise<Answer> {
  if (!response.ok) throw await refusalOf(response);
  try {
    const text = await response.text();
    return (text === "" ? null : JSON.parse(text)) as Answer;
  } catch {
    signal?.throwIfAborted();
    throw new ApiError("unreachable");
  }
}

export function jsonBody(value: unknown): Pick<RequestInit, "body" | "headers"> {
  return { body: JSON.stringify(value), headers: { "Content-Type": "application/json" } };
}

export async function refusalOf(response: Response): Promise<Refusal> {
  let problem: unknown = null;
  try {
    problem = await response.json();
  } catch {
    // Something between here and the server answered in its place.
  }
  const { type, detail, errors } = (problem ?? {}) as Record<string, unknown>;
  const slug = typeof type === "string" ? (type.split(/[/:#]/).at(-1) ?? "") : "";
  const sentence = typeof detail === "string" ? detail : null;
  return new Refusal(response.status, slug, sentence, fieldsOf(errors), retryAfterOf(response));
}

function retryAfterOf({ headers }: Response): number | null {
  const seconds = Number(headers.get("Retry-After") ?? NaN);
  return Number.isFinite(seconds) ? seconds : null;
}

function fieldsOf(errors: unknown): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const error of Array.isArray(errors) ? (errors as unknown[]) : []) {
    const { pointer, detail } = (error ?? {}) as Record<string, unknown>;
    const field = typeof pointer === "string" ? pointer.split("/").at(-1) : undefined;
    if (field && typeof detail === "string") fields[field] ??= detail;
  }
  return fields;
}
