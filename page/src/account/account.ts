/** One's own account: what it holds, and how it is made, changed and ended. */
import type { Account, AccountChange, Registration } from "../../generated/api";
import { answerOf, jsonBody, refusalOf, send } from "../send";
import type { Session } from "./session";

export type { Account };

export type Change = { readonly email: string } | { readonly password: string };

const OWN = "api/v1/users/me";

/** Makes an account and signs in. Throws `Refusal`, `ApiError`. */
export async function register(session: Session, registration: Registration): Promise<void> {
  await answerOf(await send("api/v1/users", { method: "POST", ...jsonBody(registration) }));
  await session.signIn(registration.username, registration.password);
}

export async function askAccount(session: Session, signal: AbortSignal): Promise<Account> {
  return answerOf(await session.send(OWN, { signal }));
}

/** A new password ends all sessions: another one begins here. Throws `Refusal`, `ApiError`. */
export async function changeAccount(
  session: Session,
  currentPassword: string,
  change: Change,
): Promise<Account> {
  const body: AccountChange = { current_password: currentPassword, ...change };
  const asked = { method: "PATCH", ...jsonBody(body) };
  const account: Account = await answerOf(await session.send(OWN, asked));
  if ("password" in change) await session.signIn(account.username, change.password);
  return account;
}

/** All that the server has of somebody, as a file. Throws `Refusal`, `ApiError`. */
export async function exportAccount(session: Session): Promise<Blob> {
  const response = await session.send(`${OWN}/export`);
  if (!response.ok) throw await refusalOf(response);
  return response.blob();
}

/** The server asks for no password here, so that is checked before. Throws `Refusal`, `ApiError`. */
export async function deleteAccount(
  session: Session,
  { username }: Account,
  password: string,
): Promise<void> {
  await session.check(username, password);
  await answerOf(await session.send(OWN, { method: "DELETE" }));
  session.forget();
}
