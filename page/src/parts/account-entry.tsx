/** The two ways in: with an account, and to one. */
import { register } from "../account/account";
import { session } from "../account/visitor";
import { t } from "../i18n";
import { AccountForm, useFirstField } from "./account-form";

export const PASSWORD_LENGTH = 8;
const USERNAME_LENGTH = 3;

interface EntryProps {
  readonly onSignedIn: (name: string) => void;
}

export function SignInForm({ onSignedIn, onRegister }: EntryProps & { readonly onRegister: () => void }) {
  const place = useFirstField();
  return (
    <div ref={place} class="form-place">
      <AccountForm
        fields={[
          { name: "name", label: t("account.name"), type: "text", autocomplete: "username" },
          {
            name: "password",
            label: t("account.password"),
            type: "password",
            autocomplete: "current-password",
          },
        ]}
        action={t("account.signIn")}
        blamed={{ "invalid-credentials": "password" }}
        onSend={async ({ name = "", password = "" }) => {
          await session.signIn(name, password);
          onSignedIn(name);
        }}
      />
      <p class="form-hint">{t("account.forgotten")}</p>
      <Switch question={t("account.noneYet")} answer={t("account.register")} onClick={onRegister} />
    </div>
  );
}

export function RegisterForm({ onSignedIn, onSignIn }: EntryProps & { readonly onSignIn: () => void }) {
  const place = useFirstField();
  return (
    <div ref={place} class="form-place">
      <AccountForm
        fields={[
          {
            name: "email",
            label: t("account.email"),
            type: "email",
            autocomplete: "email",
            hint: t("account.emailRule"),
          },
          {
            name: "username",
            label: t("account.username"),
            type: "text",
            autocomplete: "username",
            hint: t("account.usernameRule"),
            minLength: USERNAME_LENGTH,
          },
          {
            name: "password",
            label: t("account.password"),
            type: "password",
            autocomplete: "new-password",
            hint: t("account.passwordRule"),
            minLength: PASSWORD_LENGTH,
          },
        ]}
        action={t("account.register")}
        blamed={{ "account-taken": "username" }}
        onSend={async ({ email = "", username = "", password = "" }) => {
          await register(session, { email, username, password });
          onSignedIn(username);
        }}
      />
      <p class="form-hint">{t("account.kept")}</p>
      <Switch question={t("account.haveOne")} answer={t("account.signIn")} onClick={onSignIn} />
    </div>
  );
}

interface SwitchProps {
  readonly question: string;
  readonly answer: string;
  readonly onClick: () => void;
}

function Switch({ question, answer, onClick }: SwitchProps) {
  return (
    <p class="switch">
      {question}{" "}
      <button type="button" class="toggle always" onClick={onClick}>
        {answer}
      </button>
    </p>
  );
}
