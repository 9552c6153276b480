/** What went wrong, in the visitor's words. */
import { nameOf, t } from "../i18n";
import { ApiError, Refusal } from "../send";
import { SignedOut } from "./session";

const SHORTEST_WAIT_S = 1;

/** `isOnline`: whether the browser has a connection, where it can be asked. */
export function sentenceOf(error: unknown, isOnline?: boolean): string {
  if (error instanceof SignedOut) return t("account.ended");
  if (error instanceof Refusal) return ofRefusal(error);
  const isAway = error instanceof ApiError && error.reason === "unreachable";
  if (!isAway) return t("app.refused");
  return (isOnline ?? navigator.onLine) ? t("app.unreachable") : t("account.offline");
}

function ofRefusal({ status, slug, detail, retryAfterS }: Refusal): string {
  if (status === 429 && retryAfterS !== null) {
    return t("account.wait", { count: Math.max(SHORTEST_WAIT_S, Math.ceil(retryAfterS)) });
  }
  if (status === 429 || status >= 500) return t("account.later");
  return nameOf("problem", slug) ?? [t("app.refused"), detail].filter(Boolean).join(" ");
}
