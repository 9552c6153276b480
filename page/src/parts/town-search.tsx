/** A field that moves the map to a town. */
import { useEffect, useId, useState } from "preact/hooks";
import { t } from "../i18n";
import { findTowns, loadTowns, type TownMatch, type Towns } from "../towns";
import type { View } from "../view";

const TOWN_ZOOM = 12;
const MOST_MATCHES = 6;

export function TownSearch({ onGo }: { readonly onGo: (view: View) => void }) {
  const [text, setText] = useState("");
  const [towns, setTowns] = useState<readonly Towns[]>([]);
  const [isWanted, setWanted] = useState(false);
  const [isMissing, setMissing] = useState(false);
  const suggestions = useId();
  const matches = findTowns(towns, text, MOST_MATCHES);

  useEffect(() => {
    if (!isWanted) return;
    void Promise.allSettled([loadTowns("large"), loadTowns("small")]).then((loads) =>
      setTowns(loads.flatMap((load) => (load.status === "fulfilled" ? [load.value] : []))),
    );
  }, [isWanted]);

  const go = (town: TownMatch) => {
    setText(town.title);
    onGo({ latitude: town.latitude, longitude: town.longitude, zoom: TOWN_ZOOM });
  };
  const type = (typed: string) => {
    setText(typed);
    setMissing(false);
    const chosen = findTowns(towns, typed, 1)[0];
    if (chosen?.title === typed) go(chosen);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const [best] = matches;
    if (best) go(best);
    else setMissing(text.trim() !== "");
  };

  return (
    <form class="towns" role="search" onSubmit={submit}>
      <input
        type="search"
        aria-label={t("search.label")}
        placeholder={t("search.label")}
        autocomplete="off"
        list={suggestions}
        value={text}
        onFocus={() => setWanted(true)}
        onInput={({ currentTarget }) => type(currentTarget.value)}
      />
      <datalist id={suggestions}>
        {matches.map(({ title }) => (
          <option key={title} value={title} />
        ))}
      </datalist>
      {isMissing ? (
        <p class="towns-note" role="alert">
          {t("search.none", { name: text.trim() })}
        </p>
      ) : null}
    </form>
  );
}
