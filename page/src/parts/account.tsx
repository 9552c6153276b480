/** The header's way to one's account; its dialog is loaded when it is first wanted. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Asked, asked, said } from "../account/asked";
import { session, useSignedIn, useTold, useVisitor } from "../account/visitor";
import { t } from "../i18n";
import { AccountSaid } from "./account-said";

interface DialogProps {
  readonly asked: Asked;
  readonly onClose: () => void;
}

export function Account() {
  useVisitor();
  const isSignedIn = useSignedIn();
  const wanted = useTold(asked, () => asked.value);
  const Dialog = useDialog(wanted !== null);
  return (
    <>
      <button
        type="button"
        class="round-button"
        aria-haspopup="dialog"
        aria-label={t(isSignedIn ? "account.yours" : "account.signIn")}
        onClick={() => (asked.value = { purpose: session.isSignedIn ? "account" : "sign-in" })}
      >
        <svg viewBox="0 0 24 24" aria-hidden="true" class="person" data-known={isSignedIn}>
          <circle cx="12" cy="8" r="4" />
          <path d="M4.5 20.5c.8-4 3.8-6 7.5-6s6.7 2 7.5 6z" />
        </svg>
      </button>
      {wanted && Dialog ? <Dialog asked={wanted} onClose={() => (asked.value = null)} /> : null}
      <AccountSaid />
    </>
  );
}

function useDialog(isWanted: boolean): ComponentType<DialogProps> | null {
  const [Dialog, setDialog] = useState<ComponentType<DialogProps> | null>(null);
  useEffect(() => {
    if (!isWanted || Dialog) return;
    import("./account-dialog").then(
      ({ AccountDialog }) => setDialog(() => AccountDialog),
      () => {
        asked.value = null;
        // Without a connection, or a file of a page that is no longer served.
        const action = { label: t("offline.reload"), onClick: () => location.reload() };
        said.value = { text: t("account.notLoaded"), isAlert: true, action };
      },
    );
  }, [isWanted]);
  return Dialog;
}
