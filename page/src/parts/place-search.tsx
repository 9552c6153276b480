/** Moves the map to a place. */
import { useState } from "preact/hooks";
import { t } from "../i18n";
import type { View } from "../view";
import { PlaceField } from "./place-field";

const PLACE_ZOOM = 12;

export function PlaceSearch({ onGo }: { readonly onGo: (view: View) => void }) {
  const [chosen, setChosen] = useState("");
  return (
    <div class="places" role="search">
      <PlaceField
        label={t("search.label")}
        placeholder={t("search.placeholder")}
        chosen={chosen}
        onPlace={({ title, latitude, longitude }) => {
          setChosen(title);
          onGo({ latitude, longitude, zoom: PLACE_ZOOM });
        }}
      />
    </div>
  );
}
