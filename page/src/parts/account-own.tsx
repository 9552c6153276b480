/** The account of who is signed in: what it holds, changing it, taking it along, ending it. */
import { useEffect, useState } from "preact/hooks";
import {
  type Account,
  askAccount,
  changeAccount,
  deleteAccount,
  exportAccount,
} from "../account/account";
import { sentenceOf } from "../account/sentences";
import { session } from "../account/visitor";
import { t } from "../i18n";
import { PASSWORD_LENGTH } from "./account-entry";
import { AccountForm } from "./account-form";
import { Notice } from "./notice";

interface Props {
  /** Closes the dialog, with a sentence about what was done. */
  readonly onEnd: (sentence: string) => void;
}

export function AccountOwn({ onEnd }: Props) {
  const { account, error, retry } = useAccount();
  const [shown, setShown] = useState<Account | null>(null);
  const own = shown ?? account;
  if (error !== null) {
    return <Notice isAlert text={sentenceOf(error)} actions={[{ label: t("app.retry"), onClick: retry }]} />;
  }
  return (
    <>
      <p role="status">{own ? t("account.who", { username: own.username, email: own.email }) : t("account.loading")}</p>
      {own ? (
        <>
          <ChangePassword account={own} onDone={() => onEnd(t("account.passwordChanged"))} />
          <ChangeEmail account={own} onChange={setShown} />
        </>
      ) : null}
      <TakeAlong />
      {own ? <Deletion account={own} onDone={() => onEnd(t("account.deleted"))} /> : null}
      <button
        type="button"
        class="button quiet-button"
        onClick={() => {
          onEnd(t("account.signedOut"));
          session.signOut();
        }}
      >
        {t("account.signOut")}
      </button>
    </>
  );
}

interface ChangeProps {
  readonly account: Account;
}

const CURRENT = () =>
  ({
    name: "current",
    label: t("account.currentPassword"),
    type: "password",
    autocomplete: "current-password",
  }) as const;

function ChangePassword({ account, onDone }: ChangeProps & { readonly onDone: () => void }) {
  return (
    <details class="form-more">
      <summary>{t("account.changePassword")}</summary>
      <AccountForm
        username={account.username}
        fields={[
          CURRENT(),
          {
            name: "password",
            label: t("account.newPassword"),
            type: "password",
            autocomplete: "new-password",
            hint: t("account.passwordRule"),
            minLength: PASSWORD_LENGTH,
          },
        ]}
        action={t("account.changePassword")}
        blamed={{ "invalid-credentials": "current", "account-refused": "password" }}
        onSend={async ({ current = "", password = "" }) => {
          await changeAccount(session, current, { password });
          onDone();
        }}
      >
        <p class="form-hint">{t("account.endsOthers")}</p>
      </AccountForm>
    </details>
  );
}

function ChangeEmail({ account, onChange }: ChangeProps & { readonly onChange: (account: Account) => void }) {
  const [said, setSaid] = useState("");
  return (
    <details class="form-more">
      <summary>{t("account.changeEmail")}</summary>
      <AccountForm
        username={account.username}
        fields={[{ name: "email", label: t("account.newEmail"), type: "email", autocomplete: "email" }, CURRENT()]}
        action={t("account.changeEmail")}
        blamed={{ "invalid-credentials": "current", "account-taken": "email" }}
        onSend={async ({ current = "", email = "" }) => {
          setSaid("");
          onChange(await changeAccount(session, current, { email }));
          setSaid(t("account.emailChanged"));
        }}
      />
      <p role="status">{said}</p>
    </details>
  );
}

const FILE_NAME = "voltway-account.json";

function TakeAlong() {
  const [trouble, setTrouble] = useState<string | null>(null);
  const take = async () => {
    setTrouble(null);
    try {
      const address = URL.createObjectURL(await exportAccount(session));
      Object.assign(document.createElement("a"), { href: address, download: FILE_NAME }).click();
      URL.revokeObjectURL(address);
    } catch (error) {
      setTrouble(sentenceOf(error));
    }
  };
  return (
    <div class="form-more">
      <button type="button" class="toggle always" onClick={() => void take()}>
        {t("account.export")}
      </button>
      <div role="alert">{trouble ? <p class="trouble">{trouble}</p> : null}</div>
    </div>
  );
}

function Deletion({ account, onDone }: ChangeProps & { readonly onDone: () => void }) {
  return (
    <details class="form-more">
      <summary>{t("account.delete")}</summary>
      <AccountForm
        username={account.username}
        fields={[CURRENT()]}
        action={t("account.deleteForGood")}
        blamed={{ "invalid-credentials": "current" }}
        isDangerous
        onSend={async ({ current = "" }) => {
          await deleteAccount(session, account, current);
          onDone();
        }}
      >
        <p>{t("account.deleteWhat", { name: account.username })}</p>
      </AccountForm>
    </details>
  );
}

function useAccount() {
  const [attempt, setAttempt] = useState(0);
  const [account, setAccount] = useState<Account | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    const giveUp = new AbortController();
    setError(null);
    askAccount(session, giveUp.signal).then(setAccount, (reason: unknown) => {
      if (!giveUp.signal.aborted) setError(reason);
    });
    return () => giveUp.abort();
  }, [attempt]);
  return { account, error, retry: () => setAttempt((count) => count + 1) };
}
