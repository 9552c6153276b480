/** Light or dark: as the visitor chose, else as the system says, also when it changes its mind. */
import { useEffect, useState } from "preact/hooks";
import type { Theme } from "./map/colours";

export const THEME_CHOICES = ["auto", "light", "dark"] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

const KEPT_AS = "voltway.theme";

export interface Themes {
  readonly theme: Theme;
  readonly choice: ThemeChoice;
  readonly choose: (choice: ThemeChoice) => void;
}

export function useTheme(): Themes {
  const [query] = useState(() => matchMedia("(prefers-color-scheme: dark)"));
  const [isDark, setDark] = useState(query.matches);
  const [choice, setChoice] = useState(keptChoice);

  useEffect(() => {
    const follow = () => setDark(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, [query]);

  useEffect(() => {
    document.documentElement.dataset["theme"] = choice;
  }, [choice]);

  const choose = (next: ThemeChoice) => {
    try {
      localStorage.setItem(KEPT_AS, next);
    } catch {
      // A browser that keeps nothing asks again next time.
    }
    setChoice(next);
  };
  return { theme: chosenTheme(choice, isDark), choice, choose };
}

export function chosenTheme(choice: ThemeChoice, isSystemDark: boolean): Theme {
  if (choice !== "auto") return choice;
  return isSystemDark ? "dark" : "light";
}

function keptChoice(): ThemeChoice {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    return THEME_CHOICES.find((known) => known === kept) ?? "auto";
  } catch {
    return "auto";
  }
}
