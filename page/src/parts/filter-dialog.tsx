/** All filters; the map behind follows each change, and the button says how many are left. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { askOperators } from "../api";
import { ACCESSES, CONNECTORS, NO_FILTERS, PAYMENTS, toggled } from "../filters";
import { folded } from "../format";
import { nameOf, t } from "../i18n";
import type { FilterProps } from "./filter-bar";

interface Props extends FilterProps {
  readonly onClose: () => void;
}

export function FilterDialog({ filters, onChange, count, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();
  return (
    <dialog
      class="dialog"
      ref={dialog}
      aria-labelledby={heading}
      onClose={onClose}
      onClick={({ target, currentTarget }) => {
        // A click beside it: the dialog itself fills nothing but its backdrop.
        if (target === currentTarget) close();
      }}
    >
      <div class="dialog-body">
        <h2 id={heading}>{t("filters.title")}</h2>
        <Choices
          title={t("filters.connectors")}
          words={CONNECTORS}
          family="choice"
          chosen={filters.connectors}
          onToggle={(word) => onChange(toggled(filters, "connectors", word))}
        />
        <Operators filters={filters} onChange={onChange} />
        <Choices
          title={t("filters.payment")}
          words={PAYMENTS}
          family="payment"
          chosen={filters.payments}
          onToggle={(word) => onChange(toggled(filters, "payments", word))}
        />
        <Choices
          title={t("filters.access")}
          words={ACCESSES}
          family="access"
          chosen={filters.accesses}
          onToggle={(word) => onChange(toggled(filters, "accesses", word))}
        />
        <div class="dialog-foot">
          <button type="button" class="button quiet-button" onClick={() => onChange(NO_FILTERS)}>
            {t("filters.clear")}
          </button>
          <button type="button" class="button" onClick={close}>
            {count === null ? t("filters.showSome") : t("filters.show", { count })}
          </button>
        </div>
      </div>
    </dialog>
  );
}

interface ChoicesProps {
  readonly title: string;
  readonly words: readonly string[];
  /** Of the catalogues, where the words have their names. */
  readonly family: string;
  readonly chosen: readonly string[];
  readonly onToggle: (word: string) => void;
}

function Choices({ title, words, family, chosen, onToggle }: ChoicesProps) {
  return (
    <fieldset class="choices">
      <legend>{title}</legend>
      {words.map((word) => (
        <label key={word} class="choice">
          <input type="checkbox" checked={chosen.includes(word)} onChange={() => onToggle(word)} />
          {nameOf(family, word) ?? word}
        </label>
      ))}
    </fieldset>
  );
}

function Operators({ filters, onChange }: Pick<FilterProps, "filters" | "onChange">) {
  const [names, setNames] = useState<readonly string[]>([]);
  const [text, setText] = useState("");
  const field = useId();
  const suggestions = useId();
  const hint = useId();

  useEffect(() => {
    const giveUp = new AbortController();
    askOperators(giveUp.signal).then(
      ({ items }) => setNames(items.map(({ name }) => name)),
      // Without the list, a name may still be typed in full.
      () => undefined,
    );
    return () => giveUp.abort();
  }, []);

  const add = (typed: string) => {
    const name = names.find((known) => folded(known) === folded(typed)) ?? typed.trim();
    if (name !== "" && !filters.operators.includes(name)) onChange(toggled(filters, "operators", name));
    setText("");
  };

  return (
    <fieldset class="choices">
      <legend>{t("filters.operator")}</legend>
      {filters.operators.map((name) => (
        <label key={name} class="choice">
          <input
            type="checkbox"
            checked
            onChange={() => onChange(toggled(filters, "operators", name))}
          />
          {name}
        </label>
      ))}
      <label class="visually-hidden" for={field}>
        {t("filters.operator")}
      </label>
      <input
        id={field}
        class="field"
        type="text"
        autocomplete="off"
        list={suggestions}
        aria-describedby={hint}
        value={text}
        onInput={({ currentTarget: { value } }) => {
          if (names.includes(value)) add(value);
          else setText(value);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          add(text);
        }}
      />
      <span class="station-line" id={hint}>
        {t("filters.operatorHint")}
      </span>
      <datalist id={suggestions}>
        {text === "" ? null : matching(names, text).map((name) => <option key={name} value={name} />)}
      </datalist>
    </fieldset>
  );
}

const MOST_SUGGESTIONS = 12;

function matching(names: readonly string[], text: string): readonly string[] {
  const wanted = folded(text);
  return names.filter((name) => folded(name).includes(wanted)).slice(0, MOST_SUGGESTIONS);
}
