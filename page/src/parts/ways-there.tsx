/** How to get to a station, and how to tell somebody of it. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { StationDetail } from "../api";
import { t } from "../i18n";
import { shareLink, waysTo } from "../ways";
import { nameOfStation } from "./facts";

export function WaysThere({ station }: { readonly station: StationDetail }) {
  const [said, setSaid] = useState("");
  const name = nameOfStation(station);
  const [own, ...others] = waysTo(station, name, t("station.navigationApp")).map(([app, to]) => (
    <Outside key={app} to={to}>
      {app}
    </Outside>
  ));
  const share = async () => {
    const outcome = await shareLink({ title: name, url: location.href }, navigator);
    if (outcome === "copied") setSaid(t("station.copied"));
    if (outcome === "failed") setSaid(t("station.cannotCopy"));
  };
  return (
    <nav class="directions" aria-label={t("station.directions")}>
      <span class="directions-title">{t("station.directions")}</span>
      <div class="ways">
        {own}
        <button type="button" class="share" onClick={() => void share()}>
          {t("station.share")}
        </button>
        {others}
      </div>
      <span class="said" role="status">
        {said}
      </span>
    </nav>
  );
}

export function Outside({ to, children }: { readonly to: string; readonly children: ComponentChildren }) {
  return (
    <a href={to} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
