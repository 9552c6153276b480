/** Who says so: source, licence and age of a station's record, and who else knows the place. */
import type { Source, StationDetail } from "../api";
import { readAddress, writeAddress } from "../address";
import { formatDay, webAddress } from "../format";
import { t } from "../i18n";
import { licenceText } from "../licences";
import { sourceTitle } from "../sources";
import { Outside } from "./ways-there";

export function Origin({ station }: { readonly station: StationDetail }) {
  const original = webAddress(station.source_url);
  const updated = formatDay(station.updated_at);
  const verified = station.last_verified_at ? formatDay(station.last_verified_at) : null;
  return (
    <>
      <span class="line">{station.attribution}</span>
      <span class="line">
        <Licence licence={station.licence} />
      </span>
      {original ? <Outside to={original}>{t("station.original")}</Outside> : null}
      <span class="line quiet">
        {[
          updated && t("station.updated", { day: updated }),
          verified && t("station.verified", { day: verified }),
        ]
          .filter(Boolean)
          .join(", ")}
      </span>
    </>
  );
}

function Licence({ licence }: { readonly licence: string }) {
  const text = licenceText(licence);
  const words = t("station.licence", {
    licence: licence === "unknown" ? t("station.unknownLicence") : licence,
  });
  return text ? <Outside to={text}>{words}</Outside> : <>{words}</>;
}

interface OthersProps {
  readonly ids: readonly string[];
  readonly sources: readonly Source[];
}

/** The same place as other sources tell it; each is a station with a sheet of its own. */
export function Others({ ids, sources }: OthersProps) {
  return (
    <ul>
      {ids.map((id) => (
        <li key={id}>
          <a href={writeAddress({ ...readAddress(location.hash), stationId: id })}>
            {sourceTitle(id, sources)}
          </a>
        </li>
      ))}
    </ul>
  );
}
