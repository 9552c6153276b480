/** Colours of the map. */
export type Theme = "light" | "dark";

export interface Colours {
  readonly water: string;
  readonly land: string;
  readonly coast: string;
  readonly border: string;
  readonly town: string;
  readonly townHalo: string;
  readonly cluster: string;
  readonly clusterEdge: string;
  readonly clusterText: string;
  readonly selected: string;
}

export const COLOURS: Record<Theme, Colours> = {
  light: {
    water: "#cfdfe8",
    land: "#f6f4ee",
    coast: "#9fb6c4",
    border: "#c3bcae",
    town: "#57606a",
    townHalo: "#f6f4ee",
    cluster: "#17324a",
    clusterEdge: "#ffffff",
    clusterText: "#ffffff",
    selected: "#d9480f",
  },
  dark: {
    water: "#0b1218",
    land: "#1b252e",
    coast: "#33475a",
    border: "#42525f",
    town: "#a3b1bd",
    townHalo: "#1b252e",
    cluster: "#dfe9f1",
    clusterEdge: "#0b1218",
    clusterText: "#10202e",
    selected: "#ff9f5a",
  },
};
