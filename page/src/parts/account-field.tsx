/** A labelled field with its rule, and what is wrong with what was typed. */
import { useId, useState } from "preact/hooks";
import { t } from "../i18n";

export interface Complaint {
  readonly text: string;
  /** The server speaks English alone. */
  readonly isOfServer: boolean;
}

export interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly type: "text" | "email" | "password";
  readonly autocomplete: "username" | "email" | "current-password" | "new-password";
  readonly hint?: string;
  readonly minLength?: number;
  readonly complaint: Complaint | null;
}

export function AccountField({ name, label, type, autocomplete, hint, minLength, complaint }: FieldProps) {
  const id = useId();
  const [isShown, setShown] = useState(false);
  const described = [hint ? `${id}-hint` : null, complaint ? `${id}-complaint` : null];
  return (
    <div class="form-field">
      <label for={id}>{label}</label>
      <div class="form-input">
        <input
          id={id}
          class="field"
          name={name}
          // One of three words, where the types of Preact take one.
          type={(isShown ? "text" : type) as "text"}
          autocomplete={autocomplete}
          autocapitalize="none"
          spellcheck={false}
          required
          {...(minLength === undefined ? {} : { minLength })}
          aria-invalid={complaint !== null}
          aria-describedby={described.filter(Boolean).join(" ")}
        />
        {type === "password" ? (
          <button
            type="button"
            class="toggle always"
            aria-pressed={isShown}
            aria-label={t("account.showPassword")}
            aria-controls={id}
            onClick={() => setShown(!isShown)}
          >
            {t(isShown ? "account.hide" : "account.show")}
          </button>
        ) : null}
      </div>
      {hint ? (
        <p class="form-hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
      {complaint ? (
        <p class="complaint" id={`${id}-complaint`} lang={complaint.isOfServer ? "en" : undefined}>
          {complaint.text}
        </p>
      ) : null}
    </div>
  );
}

/** What the browser finds wrong by the field's own rules, in the page's words. */
export function complaintOf({ validity, minLength }: HTMLInputElement): Complaint | null {
  if (validity.valueMissing) return { text: t("account.missing"), isOfServer: false };
  if (validity.typeMismatch) return { text: t("account.noEmail"), isOfServer: false };
  if (validity.tooShort) return { text: t("account.tooShort", { count: minLength }), isOfServer: false };
  return null;
}
