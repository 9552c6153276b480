/** What the account's dialog shall show, and the one sentence at the foot of the page. */
import { t } from "../i18n";
import { sentenceOf } from "./sentences";
import { SignedOut } from "./session";
import { Held } from "./told";

export type Purpose = "sign-in" | "register" | "account";

export interface Asked {
  readonly purpose: Purpose;
  /** What signing in is needed for, in a sentence. */
  readonly why?: string;
  /** What somebody wanted before they were asked who they are. */
  readonly then?: () => void;
}

export interface Said {
  readonly text: string;
  readonly more?: string;
  readonly isAlert?: boolean;
  readonly action?: { readonly label: string; readonly onClick: () => void };
}

/** `null`: the dialog is closed. */
export const asked = new Held<Asked | null>(null);

export const said = new Held<Said | null>(null);

/** Says why something failed, and how to go on. */
export function sayFailure(error: unknown, text: string | null, again: () => void): void {
  const why = sentenceOf(error);
  const action =
    error instanceof SignedOut
      ? { label: t("account.signIn"), onClick: () => void (asked.value = { purpose: "sign-in", then: again }) }
      : { label: t("app.retry"), onClick: again };
  said.value = { isAlert: true, action, ...(text === null ? { text: why } : { text, more: why }) };
}
