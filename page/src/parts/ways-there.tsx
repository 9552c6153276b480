/** How to get to a station, and how to tell somebody of it. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { StationDetail } from "../api";
import { t } from "../i18n";
import { nameOfStation } from "./facts";

export function WaysThere({ station }: { readonly station: StationDetail }) {
  const { latitude, longitude } = station;
  const place = `${latitude},${longitude}`;
  const ways = [
    [t("station.navigationApp"), `geo:${place}?q=${place}`],
    ["Google Maps", `https://www.google.com/maps/dir/?api=1&destination=${place}`],
    ["Apple Maps", `https://maps.apple.com/?daddr=${place}`],
    ["Waze", `https://waze.com/ul?ll=${place}&navigate=yes`],
    [
      "OpenStreetMap",
      `https://www.openstreetmap.org/directions?route=%3B${latitude}%2C${longitude}`,
    ],
  ] as const;
  return (
    <nav class="directions" aria-label={t("station.directions")}>
      <span class="directions-title">{t("station.directions")}</span>
      {ways.map(([name, to]) => (
        <Outside key={name} to={to}>
          {name}
        </Outside>
      ))}
      <Share title={nameOfStation(station)} />
    </nav>
  );
}

/** Hands the page's address to another app, or to the clipboard where no app takes it. */
function Share({ title }: { readonly title: string }) {
  const [said, setSaid] = useState("");
  const share = async () => {
    const url = location.href;
    try {
      if (typeof navigator.share === "function") {
        await navigator.share({ title, url });
        return;
      }
      await navigator.clipboard.writeText(url);
      setSaid(t("station.copied"));
    } catch (error) {
      const isGivenUp = error instanceof DOMException && error.name === "AbortError";
      if (!isGivenUp) setSaid(t("station.cannotCopy"));
    }
  };
  return (
    <>
      <button type="button" class="share" onClick={() => void share()}>
        {t("station.share")}
      </button>
      <span class="said" role="status">
        {said}
      </span>
    </>
  );
}

export function Outside({ to, children }: { readonly to: string; readonly children: ComponentChildren }) {
  return (
    <a href={to} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
