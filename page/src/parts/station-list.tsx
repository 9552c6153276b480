/** The stations near the middle of the map, for eyes, fingers, keys and screen readers. */
import type { Ref } from "preact";
import type { Station } from "../api";
import type { Area } from "../areas";
import { type Filters, isFiltered } from "../filters";
import type { Showing, Shown } from "../shown";
import { t } from "../i18n";
import { SLOTS } from "../slots";
import { AreaList } from "./area-list";
import { nameOfStation } from "./facts";
import { Notice } from "./notice";
import { StationRow } from "./station-row";

interface Props {
  readonly bodyRef: Ref<HTMLDivElement>;
  readonly showing: Showing;
  readonly filters: Filters;
  readonly isEmptyCatalogue: boolean;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly onStation: (id: string) => void;
  /** The row that a pointer or the focus is on, to be told apart on the map. */
  readonly onPoint: (station: Station | null) => void;
  /** The station whose mark on the map is pointed at. */
  readonly underPointer: string | null;
  readonly onArea: (area: Area) => void;
  readonly onClearFilters: () => void;
  readonly onShowAll: () => void;
}

export function StationList(props: Props) {
  const { bodyRef, showing, isOpen, onToggle, onStation, onPoint, underPointer, onArea } = props;
  const { shown, state } = showing;
  return (
    <>
      <div class="panel-head">
        <p class="count" role="status">
          {state === "loading" && shown === null ? t("list.loading") : shown ? countSentence(shown) : ""}
        </p>
        <button
          type="button"
          class="toggle"
          aria-expanded={isOpen}
          aria-controls="list"
          onClick={onToggle}
        >
          {isOpen ? t("list.hide") : t("list.show")}
        </button>
        <div class="progress" data-on={state === "loading"} />
      </div>
      <div class="panel-body" id="list" ref={bodyRef} tabIndex={-1} role="region" aria-label={t("list.name")}>
        <Notices {...props} />
        {shown?.isWide ? (
          <AreaList shown={shown} onArea={onArea} />
        ) : (
          <ol class="stations">
            {shown?.listed.map((station) => (
              <StationRow
                key={station.id}
                station={station}
                isPointedAt={station.id === underPointer}
                onStation={onStation}
                onPoint={onPoint}
              >
                {SLOTS.star ? <SLOTS.star id={station.id} name={nameOfStation(station)} /> : null}
              </StationRow>
            ))}
          </ol>
        )}
      </div>
    </>
  );
}

function countSentence(shown: Shown): string {
  return t(shown.isRough ? "list.aboutInView" : "list.inView", { count: shown.count });
}

function Notices({ showing, filters, isEmptyCatalogue, onClearFilters, onShowAll }: Props) {
  const { shown, state, error } = showing;
  if (state === "failed" && error !== null) {
    const text = error.reason === "unreachable" ? t("app.unreachable") : t("app.refused");
    return (
      <Notice
        isAlert
        text={text}
        more={[error.detail, shown ? t("app.stale") : null].filter(Boolean).join(" ")}
        actions={[{ label: t("app.retry"), onClick: showing.retry }]}
      />
    );
  }
  if (shown === null || shown.listed.length > 0) return null;
  if (isEmptyCatalogue) return <Notice text={t("list.empty")} more={t("list.emptyHint")} />;
  if (shown.count > 0) return shown.isWide ? null : <Notice text={t("list.noneNear")} />;
  const showAll = { label: t("list.showAll"), onClick: onShowAll };
  return isFiltered(filters) ? (
    <Notice
      text={t("list.noneMatch")}
      actions={[{ label: t("filters.clear"), onClick: onClearFilters }, showAll]}
    />
  ) : (
    <Notice text={t("list.noneInView")} actions={[showAll]} />
  );
}
