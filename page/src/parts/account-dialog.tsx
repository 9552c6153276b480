/** Signing in, registering, and what one can do with one's account. */
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { type Asked, asked as request, said } from "../account/asked";
import { useSignedIn } from "../account/visitor";
import { t } from "../i18n";
import { AccountOwn } from "./account-own";
import { RegisterForm, SignInForm } from "./account-entry";

interface Props {
  readonly asked: Asked;
  readonly onClose: () => void;
}

const TITLES = {
  "sign-in": "account.signIn",
  register: "account.register",
  account: "account.yours",
} as const;

export function AccountDialog({ asked, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const isSignedIn = useSignedIn();
  const isEnded = asked.purpose === "account" && !isSignedIn;
  const purpose = isEnded ? "sign-in" : asked.purpose;
  const why = isEnded ? t("account.ended") : asked.why;
  // Open before a form in it asks for the focus.
  useLayoutEffect(() => dialog.current?.showModal(), []);

  const end = (sentence?: string) => {
    // The browser gives the focus back before anything else happens.
    dialog.current?.close();
    if (sentence !== undefined) said.value = { text: sentence };
  };
  const begin = (name: string) => {
    end();
    asked.then?.();
    said.value = { text: t("account.signedIn", { name }) };
  };
  return (
    <dialog
      class="dialog account"
      ref={dialog}
      aria-labelledby={heading}
      onClose={onClose}
      onClick={({ target, currentTarget }) => {
        if (target === currentTarget) end();
      }}
    >
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id={heading}>{t(TITLES[purpose])}</h2>
          <button type="button" class="toggle always" onClick={() => end()}>
            {t("app.close")}
          </button>
        </div>
        {why ? <p>{why}</p> : null}
        {purpose === "sign-in" ? (
          <SignInForm onSignedIn={begin} onRegister={() => (request.value = { ...asked, purpose: "register" })} />
        ) : null}
        {purpose === "register" ? (
          <RegisterForm onSignedIn={begin} onSignIn={() => (request.value = { ...asked, purpose: "sign-in" })} />
        ) : null}
        {purpose === "account" ? <AccountOwn onEnd={end} /> : null}
      </div>
    </dialog>
  );
}
