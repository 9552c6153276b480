/** Every word that the page says, in one place, so that other languages can follow. */
import { formatCount, formatKw } from "./format";
import { FAST_FROM_KW, type PowerClass, ULTRA_FROM_KW } from "./power";

const stations = (count: number) =>
  count === 1 ? "1 station" : `${formatCount(count)} stations`;

/** Plain names of the connectors that visitors can choose. */
const choices: Record<string, string> = {
  ccs2: "CCS 2",
  type2: "Type 2",
  chademo: "CHAdeMO",
  ccs1: "CCS 1",
  type1: "Type 1",
  tesla: "Tesla / NACS",
  gbt: "GB/T",
  schuko: "Schuko",
};

/** Plain names of the API's connector standards; the others are shown by their own word. */
const standards: Record<string, string> = {
  CHADEMO: "CHAdeMO",
  CHAOJI: "ChaoJi",
  DOMESTIC_E: "Household socket, type E",
  DOMESTIC_F: "Household socket, Schuko",
  DOMESTIC_G: "Household socket, UK",
  GBT_AC: "GB/T AC",
  GBT_DC: "GB/T DC",
  IEC_60309_2_single_16: "CEE blue, 16 A",
  IEC_60309_2_three_16: "CEE red, 16 A",
  IEC_60309_2_three_32: "CEE red, 32 A",
  IEC_60309_2_three_64: "CEE red, 64 A",
  IEC_62196_T1: "Type 1 (J1772)",
  IEC_62196_T1_COMBO: "CCS 1 (Combo)",
  IEC_62196_T2: "Type 2",
  IEC_62196_T2_COMBO: "CCS 2 (Combo)",
  IEC_62196_T3A: "Type 3A",
  IEC_62196_T3C: "Type 3C",
  MCS: "MCS (trucks)",
  SAE_J3400: "NACS (J3400)",
  TESLA_R: "Tesla Roadster",
  TESLA_S: "Tesla",
};

const access: Record<string, string> = {
  public: "Open to everyone",
  restricted: "For members or customers",
  private: "Private",
};

const levels: Record<string, string> = {
  LEVEL_1: "Level 1 (household)",
  LEVEL_2: "Level 2",
  DC_FAST: "DC fast",
};

const payments: Record<string, string> = {
  ad_hoc: "without a contract",
  card: "bank card",
  app: "app",
  rfid: "charging card",
  cash: "cash",
  subscription: "subscription",
  free: "free of charge",
};

const classNames: Record<PowerClass, string> = {
  ultra: "Ultra-fast",
  fast: "Fast",
  normal: "Normal",
  unknown: "Power not known",
};

const classPowers: Record<PowerClass, string> = {
  ultra: `from ${formatKw(ULTRA_FROM_KW)}`,
  fast: `from ${formatKw(FAST_FROM_KW)}`,
  normal: "less",
  unknown: "?",
};

export const say = {
  stations,
  title: "VoltWay",
  subtitle: "Charging stations",
  api: "API",
  skipToList: "Skip to the list of stations",

  map: "Map of charging stations",
  mapKeys: "Arrow keys move the map, plus and minus zoom it.",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  locate: "Show where I am",
  cannotLocate: "Your position is not available",
  noMap: "This browser cannot draw the map (WebGL is off). The list works without it.",

  goTo: "Go to a town",
  noSuchTown: (name: string) => `No town called “${name}” in the list.`,

  filters: "Filters",
  connectors: "Connectors",
  minPower: "Power",
  anyPower: "Any power",
  atLeast: (powerKw: number) => `At least ${formatKw(powerKw)}`,
  clear: "Clear",
  clearFilters: "Clear filters",
  choice: (word: string) => choices[word] ?? word,

  areasHint: "Most stations in view are here. Zoom in to see them one by one.",
  around: (town: string) => `Around ${town}`,
  aroundPlace: (latitude: number, longitude: number) =>
    `Around ${latitude.toFixed(1)}°, ${longitude.toFixed(1)}°`,

  list: "Stations near the middle of the map",
  loading: "Loading stations…",
  inView: (count: number) => `${stations(count)} in view`,
  aboutInView: (count: number) => `About ${stations(count)} in view`,
  sampled: (count: number) =>
    `${stations(count)} of more in view, spread evenly. Zoom in to see all.`,
  noneInView: "No stations in view.",
  noneMatch: "No stations in view match the filters.",
  noneNear: "None within 500 km of the middle of the map. Move it closer to the circles.",
  showAll: "Show all stations",
  unreachable: "VoltWay does not answer. Check your connection; the server may be restarting.",
  refused: "VoltWay could not answer this.",
  stale: "What you see may be out of date.",
  retry: "Try again",
  demo: "Synthetic demo data",
  demoHint: "These stations are invented. Import a registry to see real ones.",
  showList: "Show the list",
  hideList: "Hide the list",

  emptyCatalogue: "The catalogue is empty.",
  emptyHint: "Fill it with “voltway import” (a registry) or “voltway demo” (invented stations).",

  station: "Station",
  inventedStation: "This station is invented.",
  nameless: "Charging station",
  unknownPower: "power not known",
  bays: (count: number) => (count === 1 ? "1 bay" : `${formatCount(count)} bays`),
  free: (free: number, all: number) => `${formatCount(free)} of ${formatCount(all)} free`,
  taken: "None free",
  statusUnknown: "No live status",
  reported: (ago: string) => `reported ${ago}`,

  close: "Close",
  missingStation: "This station is not in the catalogue (any more).",
  loadingStation: "Loading the station…",
  operator: "Operator",
  address: "Address",
  connectorsHere: "Connectors",
  standard: (standard: string | null) =>
    standard === null ? "Other connector" : (standards[standard] ?? standard.replaceAll("_", " ")),
  freeHere: (free: number) => (free === 0 ? "none free" : `${formatCount(free)} free`),
  level: (word: string) => levels[word] ?? word,
  times: (count: number) => `${count} ×`,
  access: (word: string) => access[word] ?? word,
  accessTitle: "Access",
  hours: "Opening hours",
  always: "Open 24 hours, every day",
  price: "Price",
  payments: "Payment",
  payment: (word: string) => payments[word] ?? word,
  phone: "Phone",
  website: "Website",
  directions: "Directions",
  navigationApp: "Navigation app",
  source: "Source",
  licence: (licence: string) => `Licence: ${licence}`,
  unknownLicence: "not stated",
  original: "Original record",
  updated: (day: string) => `Updated ${day}`,
  verified: (day: string) => `last seen in the source ${day}`,

  legend: "Legend and sources",
  marks: "Marks on the map",
  className: (kind: PowerClass) => classNames[kind],
  classPower: (kind: PowerClass) => classPowers[kind],
  signs: "A tick: a bay is free. A minus: none is. Neither: no live status.",
  dataSources: "Data sources",
  mapFrom: "Map: Natural Earth (public domain). Towns: GeoNames (CC BY 4.0).",
  drawnBy: "Drawn with MapLibre.",
} as const;
