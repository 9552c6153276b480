/** A form whose refusals stand beside the fields that they are about. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { sentenceOf } from "../account/sentences";
import { Refusal } from "../send";
import { t } from "../i18n";
import { AccountField, type Complaint, complaintOf, type FieldProps } from "./account-field";

type Field = Pick<FieldProps, "name" | "label" | "type" | "autocomplete"> &
  Partial<Pick<FieldProps, "hint" | "minLength">>;

export type Values = Readonly<Record<string, string>>;

interface Props {
  readonly fields: readonly Field[];
  readonly action: string;
  /** May throw what the server refused. */
  readonly onSend: (values: Values) => Promise<void>;
  /** Fields to blame for refusals that the page has its own words for, by the problem's word. */
  readonly blamed?: Readonly<Record<string, string>>;
  /** Whose passwords these are, for the browser that keeps them. */
  readonly username?: string;
  readonly isDangerous?: boolean;
  readonly children?: ComponentChildren;
}

export function AccountForm(props: Props) {
  const { fields, action, onSend, blamed = {}, username, isDangerous = false, children } = props;
  const form = useRef<HTMLFormElement>(null);
  const [complaints, setComplaints] = useState<Readonly<Record<string, Complaint>>>({});
  const [trouble, setTrouble] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);

  useEffect(() => {
    const wrong = fields.find(({ name }) => complaints[name]);
    if (wrong) inputOf(form.current, wrong.name)?.focus();
  }, [complaints]);

  const submit = async () => {
    const found = complaintsOf(form.current, fields);
    setComplaints(found);
    setTrouble(null);
    if (form.current === null || Object.keys(found).length > 0) return;
    setSending(true);
    try {
      await onSend(valuesOf(form.current));
    } catch (error) {
      const refused = refusedFields(error, fields, blamed);
      setComplaints(refused);
      if (Object.keys(refused).length === 0) setTrouble(sentenceOf(error));
    } finally {
      setSending(false);
    }
  };

  return (
    <form
      class="form"
      method="post"
      noValidate
      ref={form}
      aria-busy={isSending}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isSending) void submit();
      }}
    >
      {username === undefined ? null : (
        <input type="text" autocomplete="username" value={username} readOnly hidden />
      )}
      {fields.map((field) => (
        <AccountField key={field.name} {...field} complaint={complaints[field.name] ?? null} />
      ))}
      {children}
      <div role="alert">{trouble ? <p class="trouble">{trouble}</p> : null}</div>
      <button type="submit" class={isDangerous ? "button danger" : "button"} aria-disabled={isSending}>
        {isSending ? t("account.sending") : action}
      </button>
    </form>
  );
}

/** Beginning the work in a form: its first field has the focus. */
export function useFirstField() {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.querySelector("input")?.focus(), []);
  return place;
}

function inputOf(form: HTMLFormElement | null, name: string): HTMLInputElement | null {
  const input = form?.elements.namedItem(name);
  return input instanceof HTMLInputElement ? input : null;
}

function valuesOf(form: HTMLFormElement): Values {
  const entries = [...new FormData(form)].map(([name, value]) => [name, String(value)] as const);
  return Object.fromEntries(entries);
}

function complaintsOf(form: HTMLFormElement | null, fields: readonly Field[]): Record<string, Complaint> {
  const complaints: Record<string, Complaint> = {};
  for (const { name } of fields) {
    const input = inputOf(form, name);
    const complaint = input && complaintOf(input);
    if (complaint) complaints[name] = complaint;
  }
  return complaints;
}

function refusedFields(
  error: unknown,
  fields: readonly Field[],
  blamed: Readonly<Record<string, string>>,
): Record<string, Complaint> {
  if (!(error instanceof Refusal)) return {};
  // What the page can say in the visitor's language, it says itself.
  const culprit = blamed[error.slug];
  if (culprit !== undefined) return { [culprit]: { text: sentenceOf(error), isOfServer: false } };
  const refused = fields.filter(({ name }) => error.fields[name] !== undefined);
  return Object.fromEntries(
    refused.map(({ name }) => [name, { text: error.fields[name] ?? "", isOfServer: true }]),
  );
}
