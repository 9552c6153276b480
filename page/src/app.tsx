/** The page: filters, map, list or station, kept in step with each other and the address. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Station } from "./api";
import { type Address, readAddress, writeAddress } from "./address";
import { fromStation, NOTHING_DRAWN } from "./features";
import { type Filters, NO_FILTERS } from "./filters";
import { findHome } from "./home";
import { t, useLanguage } from "./i18n";
import type { StationMap } from "./map/station-map";
import { useConnection } from "./offline/connection";
import { ConnectionBar } from "./parts/connection-bar";
import { FilterBar } from "./parts/filter-bar";
import { MapPane } from "./parts/map-pane";
import { PanelTabs } from "./parts/panel-tabs";
import { PlaceSearch } from "./parts/place-search";
import { Settings } from "./parts/settings";
import { Sources } from "./parts/sources";
import { StationList } from "./parts/station-list";
import { StationSheet } from "./parts/station-sheet";
import { SLOTS } from "./slots";
import { useSources } from "./sources";
import { type Looking, useShown } from "./shown";
import { useStation } from "./station";
import { useTheme } from "./theme";
import { type Box, boxAround, middleOf, type View, WORLD } from "./view";

/** Zoom levels from a wide view into one of its areas. */
const AREA_STEP = 3;

export function App() {
  const [address, setAddress] = useState<Address>(() => readAddress(location.hash));
  const [looking, setLooking] = useState<Looking | null>(null);
  const [isListOpen, setListOpen] = useState(true);
  const [isEmpty, setEmpty] = useState(false);
  const [map, setMap] = useState<StationMap | null>(null);
  useLanguage();
  const [pointedAt, setPointedAt] = useState<Station | null>(null);
  const [underPointer, setUnderPointer] = useState<string | null>(null);
  const themes = useTheme();
  const { theme } = themes;
  const showing = useShown(looking, address.filters);
  const station = useStation(address.stationId);
  const sources = useSources();
  const connection = useConnection();
  const panel = useRef<HTMLElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const isBusy = useRef(true);

  // Tells tests, and whoever else waits, when all that was asked for is on the screen.
  const markBusy = useCallback(() => {
    isBusy.current = true;
    document.body.dataset["page"] = "busy";
  }, []);
  const markIdle = useCallback(() => {
    if (!isBusy.current) document.body.dataset["page"] = "idle";
  }, []);

  const change = useCallback((part: Partial<Address>) => {
    setAddress((address) => ({ ...address, ...part }));
  }, []);

  const goHome = useCallback((to: StationMap | null) => {
    findHome(new AbortController().signal).then(
      (home) => {
        setEmpty(home === null);
        const box = home ?? WORLD;
        if (to) to.fit(box);
        else setLooking({ view: middleOf(box), box });
      },
      // The list says that the server is away, and how to go on.
      () => setLooking((looking) => looking ?? { view: middleOf(WORLD), box: WORLD }),
    );
  }, []);

  const onView = useCallback(
    (view: View, box: Box) => {
      markBusy();
      setLooking({ view, box });
      change({ view });
    },
    [change],
  );

  const onStart = useCallback((started: StationMap | null, start: View | null) => {
    setMap(started);
    if (start !== null) {
      if (started === null) setLooking({ view: start, box: boxAround(start) });
    } else if (started && address.panel === "route" && address.route !== null) {
      // A route shows itself as soon as it is found.
      setLooking({ view: middleOf(WORLD), box: WORLD });
    } else goHome(started);
  }, [goHome]);

  useAddressBar(address, (written) => {
    setAddress(written);
    // Before the map moves: or it would ask for tiles of the old filters there.
    map?.filter(written.filters);
    if (written.view === null) return;
    if (map) map.jumpTo(written.view);
    else onView(written.view, boxAround(written.view));
  });

  useEffect(() => {
    if (showing.state === "loading") {
      markBusy();
      return;
    }
    isBusy.current = false;
    if (map) map.draw(showing.shown?.drawn ?? NOTHING_DRAWN);
    else markIdle();
  }, [map, showing.shown, showing.state]);

  useEffect(() => map?.setTheme(theme), [map, theme]);
  useEffect(() => map?.filter(address.filters), [map, address.filters]);

  const ringed = station.found ?? pointedAt;
  useEffect(() => map?.select(ringed ? fromStation(ringed) : NOTHING_DRAWN), [map, ringed]);
  useEffect(() => {
    if (station.found) map?.reveal(station.found);
  }, [map, station.found]);

  const openStation = (stationId: string) => {
    setPointedAt(null);
    change({ stationId });
  };
  const closeStation = () => {
    const closed = address.stationId;
    change({ stationId: null });
    requestAnimationFrame(() => focusListed(list.current ?? panel.current, closed));
  };
  const setFilters = (filters: Filters) => {
    markBusy();
    change({ filters });
  };
  const goTo = (view: View) => {
    if (map) map.moveTo(view);
    else setLooking({ view, box: boxAround(view) });
  };
  // Clusters do not say what they are made of.
  const isSynthetic = showing.shown?.isRough
    ? sources.some((source) => source.synthetic)
    : showing.shown?.isSynthetic;
  const matching = showing.state === "ready" ? (showing.shown?.count ?? null) : null;
  const isStationOpen = address.stationId !== null;

  return (
    <div class="page" data-panel={isStationOpen || isListOpen || address.panel !== "stations" ? "open" : "closed"}>
      <header class="bar">
        <a class="skip" href="#panel" onClick={(event) => skipTo(event, list.current ?? panel.current)}>
          {t("app.skipToList")}
        </a>
        <h1 class="brand">
          <span class="bolt" aria-hidden="true" />
          {t("app.title")} <span class="brand-more">{t("app.subtitle")}</span>
        </h1>
        <PlaceSearch onGo={goTo} />
        <div class="bar-side">
          {SLOTS.account ? <SLOTS.account /> : null}
          <Settings themes={themes} />
        </div>
        <FilterBar filters={address.filters} onChange={setFilters} count={matching} />
      </header>
      <ConnectionBar connection={connection} />
      <main class="map-area">
        <MapPane
          start={address.view}
          theme={theme}
          map={map}
          onStart={onStart}
          onView={onView}
          onStation={openStation}
          onPoint={setUnderPointer}
          onMoveStart={markBusy}
          onIdle={markIdle}
        />
        {isSynthetic ? (
          <p class="demo" title={t("demo.hint")}>
            {t("demo.badge")}
          </p>
        ) : null}
        <Sources sources={sources} />
      </main>
      <aside class="panel" id="panel" ref={panel} tabIndex={-1} aria-label={isStationOpen ? t("station.title") : t(`panel.${address.panel}`)}>
        {isStationOpen ? null : <PanelTabs panel={address.panel} onPanel={(panel) => change({ panel })} />}
        {isStationOpen ? <StationSheet station={station} sources={sources} onClose={closeStation} /> : null}
        {!isStationOpen && address.panel === "favorites" && SLOTS.favorites ? (
          <SLOTS.favorites view={address.view} onStation={openStation} onPoint={setPointedAt} />
        ) : null}
        {/* Stays while a station is open, so that its route is not asked for again. */}
        {address.panel === "route" && SLOTS.planner ? (
          <div class="panel-slot" hidden={isStationOpen}>
            <SLOTS.planner
              map={map}
              filters={address.filters}
              route={address.route}
              onRoute={(route) => change({ route })}
              onStation={openStation}
              onPoint={setPointedAt}
              underPointer={underPointer}
            />
          </div>
        ) : null}
        {!isStationOpen && address.panel === "stations" ? (
          <StationList
            bodyRef={list}
            showing={showing}
            filters={address.filters}
            isEmptyCatalogue={isEmpty}
            isOpen={isListOpen}
            onToggle={() => setListOpen(!isListOpen)}
            onStation={openStation}
            onPoint={setPointedAt}
            underPointer={underPointer}
            onArea={(area) => goTo({ ...area, zoom: (looking?.view.zoom ?? 0) + AREA_STEP })}
            onClearFilters={() => setFilters(NO_FILTERS)}
            onShowAll={() => goHome(map)}
          />
        ) : null}
      </aside>
    </div>
  );
}

/** Writes the address bar, and reads it again when somebody else changed it. */
function useAddressBar(address: Address, onRead: (address: Address) => void): void {
  const read = useRef(onRead);
  read.current = onRead;
  const openStation = useRef(address.stationId);

  useEffect(() => {
    const hash = writeAddress(address);
    if (hash === location.hash) return;
    const isOpening = address.stationId !== null && address.stationId !== openStation.current;
    openStation.current = address.stationId;
    const target = hash || location.pathname + location.search;
    // "Back" closes a station; it does not go through every pan of the map.
    if (isOpening) history.pushState(null, "", target);
    else history.replaceState(null, "", target);
  }, [address]);

  useEffect(() => {
    const follow = () => {
      const written = readAddress(location.hash);
      openStation.current = written.stationId;
      read.current(written);
    };
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
}

function skipTo(event: Event, target: HTMLElement | null): void {
  event.preventDefault();
  target?.focus();
}

/** Puts the focus back where a closed station was opened from. */
function focusListed(list: HTMLElement | null, stationId: string | null): void {
  const rows = list?.querySelectorAll<HTMLElement>("[data-station]") ?? [];
  const row = [...rows].find((candidate) => candidate.dataset["station"] === stationId);
  (row ?? list)?.focus();
}
