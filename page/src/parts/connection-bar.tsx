/** Says that there is no connection, or that a newer page can be loaded. */
import { t } from "../i18n";
import type { Connection } from "../offline/connection";

export function ConnectionBar({ connection }: { readonly connection: Connection }) {
  const { isOffline, isNewer } = connection;
  return (
    <div class="connection" role="status">
      {isOffline ? <p>{t("offline.banner")}</p> : null}
      {isNewer && !isOffline ? (
        <p>
          {t("offline.update")}{" "}
          <button type="button" class="toggle always" onClick={() => location.reload()}>
            {t("offline.reload")}
          </button>
        </p>
      ) : null}
    </div>
  );
}
