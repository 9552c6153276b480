/** Light or dark, as the visitor's system says, also when it changes its mind. */
import { useEffect, useState } from "preact/hooks";
import type { Theme } from "./map/style";

export function useTheme(): Theme {
  const [query] = useState(() => matchMedia("(prefers-color-scheme: dark)"));
  const [isDark, setDark] = useState(query.matches);
  useEffect(() => {
    const follow = () => setDark(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, [query]);
  return isDark ? "dark" : "light";
}
