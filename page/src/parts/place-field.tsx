/** A field for a place, with the places that it may mean (the combobox pattern of ARIA). */
import { useEffect, useId, useState } from "preact/hooks";
import { t } from "../i18n";
import { findPlaces, type PlaceMatch, usePlaces } from "../places";

interface Props {
  readonly label: string;
  readonly placeholder: string;
  /** What the field says until somebody types: the place chosen before. */
  readonly chosen: string;
  readonly onPlace: (place: PlaceMatch) => void;
  /** Whether a text that is left without choosing means the best place of that name. */
  readonly isTakenOnLeave?: boolean;
}

export function PlaceField({ label, placeholder, chosen, onPlace, isTakenOnLeave = false }: Props) {
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(-1);
  const [missing, setMissing] = useState<string | null>(null);
  const list = useId();
  const found = usePlaces(typed ?? "");
  const matches = typed === null ? [] : (found?.matches ?? []);
  const isOpen = matches.length > 0;

  useEffect(() => setActive(-1), [found]);

  const take = (place: PlaceMatch) => {
    setTyped(null);
    setMissing(null);
    onPlace(place);
  };
  const enter = () => {
    const text = typed?.trim() ?? "";
    if (text === "") return;
    const chosenMatch = matches[active] ?? (found?.text === typed ? matches[0] : undefined);
    if (chosenMatch) {
      take(chosenMatch);
      return;
    }
    // Typed and sent before the suggestions came.
    findPlaces(text, new AbortController().signal).then(
      ([best]) => (best ? take(best) : setMissing(text)),
      () => setMissing(text),
    );
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      enter();
    } else if (event.key === "Escape" && typed !== null) {
      event.stopPropagation();
      setTyped(null);
    } else if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      setActive(stepped(active, event.key === "ArrowDown" ? 1 : -1, matches.length));
    }
  };

  return (
    <div class="place-field">
      <input
        type="text"
        inputMode="search"
        enterkeyhint="search"
        role="combobox"
        aria-label={label}
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={list}
        aria-activedescendant={isOpen && active >= 0 ? `${list}-${active}` : undefined}
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        maxLength={100}
        value={typed ?? chosen}
        onInput={({ currentTarget }) => {
          setMissing(null);
          setTyped(currentTarget.value);
        }}
        onKeyDown={press}
        onBlur={() => {
          if (isTakenOnLeave && missing === null) enter();
          setTyped((text) => (text?.trim() ? text : null));
        }}
      />
      <ul class="matches" id={list} role="listbox" aria-label={label} hidden={!isOpen}>
        {matches.map((match, at) => (
          <li
            key={`${match.title} ${match.latitude}`}
            id={`${list}-${at}`}
            class="match"
            role="option"
            aria-selected={at === active}
            // The field keeps the focus.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(match)}
          >
            <span>{match.title}</span>
            <span class="station-line">{match.more}</span>
          </li>
        ))}
      </ul>
      <span class="visually-hidden" role="status">
        {isOpen ? t("search.found", { count: matches.length }) : ""}
      </span>
      {missing !== null ? (
        <p class="place-note" role="alert">
          {t("search.none", { name: missing })}
        </p>
      ) : null}
    </div>
  );
}

/** From the field (-1) through the matches and back to it. */
function stepped(active: number, step: number, count: number): number {
  return ((active + 1 + step + count + 1) % (count + 1)) - 1;
}
