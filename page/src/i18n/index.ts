/** Every word that the page says, in the visitor's language; the catalogues are data. */
import { useEffect, useState } from "preact/hooks";
import de from "./de.json";
import en from "./en.json";
import fr from "./fr.json";

/** The first one is for whoever speaks none of them. */
export const LANGUAGES = ["en", "de", "fr"] as const;
export type Language = (typeof LANGUAGES)[number];
export type Key = keyof typeof en;
export type Params = Readonly<Record<string, string | number>>;

/** A text, or one for each plural category of the language (`Intl.PluralRules`). */
export type Text = string | { readonly other: string; readonly [category: string]: string };
export type Catalogue = Readonly<Record<Key, Text>>;

/** How the languages call themselves, for whoever cannot read the present one. */
export const LANGUAGE_NAMES: Record<Language, string> = {
  en: "English",
  de: "Deutsch",
  fr: "Français",
};

const CATALOGUES: Record<Language, Catalogue> = { en, de, fr };
const KEPT_AS = "voltway.language";

const listeners = new Set<(language: Language) => void>();
let spoken: Language = "en";

export function language(): Language {
  return spoken;
}

/**
 * The text of a key, with its parameters in place of `{name}`.
 *
 * Numbers are written as the language writes them; `count` chooses the plural form.
 */
export function t(key: Key, params: Params = {}): string {
  return filled(CATALOGUES[spoken][key], params, spoken);
}

/** The name of a word of the API, `family.word` in the catalogues; `null` for an unknown one. */
export function nameOf(family: string, word: string): string | null {
  const text = (CATALOGUES[spoken] as Readonly<Record<string, Text>>)[`${family}.${word}`];
  return text === undefined ? null : filled(text, {}, spoken);
}

export function filled(text: Text, params: Params, into: Language): string {
  return chosen(text, params, into).replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? numbers(into).format(value) : value;
  });
}

function chosen(text: Text, { count }: Params, into: Language): string {
  if (typeof text === "string") return text;
  const category = typeof count === "number" ? plurals(into).select(count) : "other";
  return text[category] ?? text.other;
}

const numbers = cached((into) => new Intl.NumberFormat(into));
const plurals = cached((into) => new Intl.PluralRules(into));

/** One formatter for each language, made when it is first needed. */
export function cached<Made>(make: (into: Language) => Made): (into?: Language) => Made {
  const made = new Map<Language, Made>();
  return (into = spoken) => {
    const known = made.get(into) ?? make(into);
    made.set(into, known);
    return known;
  };
}

/** The language that an address asks for, else the one chosen before, else the browser's. */
export function preferredLanguage(
  address: string | null,
  kept: string | null,
  browser: readonly string[],
): Language {
  for (const wish of [address, kept, ...browser]) {
    const found = LANGUAGES.find((known) => known === wish?.slice(0, 2).toLowerCase());
    if (found) return found;
  }
  return LANGUAGES[0];
}

/** Speaks a language from now on, and tells whoever shows words. */
export function speak(next: Language): void {
  spoken = next;
  for (const listener of listeners) listener(next);
}

/** What the visitor chose in the settings; kept in this browser. */
export function choose(next: Language): void {
  try {
    localStorage.setItem(KEPT_AS, next);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
  speak(next);
}

/** Before the first word is shown: `?lang=de` in a link wins over the choice made here. */
export function speakPreferred(): void {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEPT_AS);
  } catch {
    // Without storage, the browser's languages say enough.
  }
  speak(preferredLanguage(new URLSearchParams(location.search).get("lang"), kept, navigator.languages));
}

/** Renders its caller, and all below, anew when the language changes. */
export function useLanguage(): Language {
  const [shown, setShown] = useState(spoken);
  useEffect(() => {
    listeners.add(setShown);
    return () => void listeners.delete(setShown);
  }, []);
  useEffect(() => {
    document.documentElement.lang = shown;
    document.title = t("app.pageTitle");
  }, [shown]);
  return shown;
}
