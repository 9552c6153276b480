/** The stations that somebody keeps, beside the map. */
import { useEffect, useRef, useState } from "preact/hooks";
import { asked, type Purpose } from "../account/asked";
import type { Favorite } from "../account/favorites";
import { type Order, ordered, ORDERS } from "../account/order";
import { sentenceOf } from "../account/sentences";
import { favorites, useKept, useSignedIn } from "../account/visitor";
import { t } from "../i18n";
import type { FavoritesProps } from "../slots";
import { nameOfStation } from "./facts";
import { Notice } from "./notice";
import { Star } from "./star";
import { StationRow } from "./station-row";

/** Live status is told anew after this time, as long as somebody looks. */
const REFRESH_MS = 60_000;

export function FavoritesPanel(props: FavoritesProps) {
  return useSignedIn() ? <Kept {...props} /> : <SignedOut />;
}

function SignedOut() {
  const ask = (purpose: Purpose) => () => (asked.value = { purpose });
  return (
    <div class="panel-body">
      <Notice
        text={t("favorites.signIn")}
        actions={[
          { label: t("account.signIn"), onClick: ask("sign-in") },
          { label: t("account.register"), onClick: ask("register") },
        ]}
      />
    </div>
  );
}

function Kept({ view, ...events }: FavoritesProps) {
  const { stations, seenMs } = useKept();
  const { isLoading, error, retry } = useFresh();
  const [order, setOrder] = useState<Order>("created");
  const shown = ordered(stations, order, view);
  const body = useFocusKept(shown.length);
  return (
    <>
      <div class="panel-head">
        <p class="count" role="status">
          {seenMs === null && isLoading ? t("favorites.loading") : t("favorites.count", { count: shown.length })}
        </p>
        <OrderChoice order={order} onOrder={setOrder} />
        <div class="progress" data-on={isLoading} />
      </div>
      <div class="panel-body" ref={body} tabIndex={-1} role="region" aria-label={t("panel.favorites")}>
        {error === null ? null : (
          <Notice
            isAlert
            text={sentenceOf(error)}
            more={shown.length > 0 ? t("app.stale") : null}
            actions={[{ label: t("app.retry"), onClick: retry }]}
          />
        )}
        {shown.length === 0 && !isLoading && error === null ? <Notice text={t("favorites.none")} /> : null}
        <ol class="stations">
          {shown.map((station) => (
            <Row key={station.id} station={station} {...events} />
          ))}
        </ol>
      </div>
    </>
  );
}

function OrderChoice({ order, onOrder }: { readonly order: Order; readonly onOrder: (order: Order) => void }) {
  return (
    <label class="order">
      <span class="visually-hidden">{t("favorites.order")}</span>
      <select value={order} onChange={({ currentTarget }) => onOrder(currentTarget.value as Order)}>
        {ORDERS.map((one) => (
          <option key={one} value={one}>
            {t(`order.${one}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Row({ station, ...events }: Omit<FavoritesProps, "view"> & { readonly station: Favorite }) {
  return (
    <StationRow station={station} {...events} remark={station.gone ? t("favorites.gone") : null}>
      <Star id={station.id} name={nameOfStation(station)} isInFavorites />
    </StationRow>
  );
}

/** Asks when the list is opened or looked at again, and from time to time meanwhile. */
function useFresh() {
  const [isLoading, setLoading] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const load = () => {
    setLoading(true);
    favorites
      .load()
      .then(() => setError(null), setError)
      .finally(() => setLoading(false));
  };
  useEffect(() => {
    const again = () => {
      const isLookedAt = document.visibilityState === "visible";
      if (isLookedAt && !favorites.isSeenWithin(REFRESH_MS)) load();
    };
    again();
    const timer = setInterval(again, REFRESH_MS);
    document.addEventListener("visibilitychange", again);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", again);
    };
  }, []);
  return { isLoading, error, retry: load };
}

/** A row that goes takes the focus with it: the next star gets it, or the list. */
function useFocusKept(count: number) {
  const body = useRef<HTMLDivElement>(null);
  const row = useRef<number | null>(null);
  useEffect(() => {
    const list = body.current;
    if (list === null) return undefined;
    const follow = ({ target }: FocusEvent) => {
      const at = [...list.querySelectorAll("li")].findIndex((one) => one.contains(target as Node));
      row.current = at < 0 ? null : at;
    };
    list.addEventListener("focusin", follow);
    return () => list.removeEventListener("focusin", follow);
  }, []);
  useEffect(() => {
    if (row.current === null || document.activeElement !== document.body) return;
    const stars = body.current?.querySelectorAll<HTMLElement>(".star") ?? [];
    (stars[Math.min(row.current, stars.length - 1)] ?? body.current)?.focus();
  }, [count]);
  return body;
}
