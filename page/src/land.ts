/** The base map's land and borders: made by `build/base-map.mjs`, read by MapLibre's worker. */
import coarseBorders from "../generated/borders-coarse.json?url";
import fineBorders from "../generated/borders-fine.json?url";
import coarseLand from "../generated/land-coarse.json?url";
import fineLand from "../generated/land-fine.json?url";

export const LAND = {
  coarse: { land: coarseLand, borders: coarseBorders },
  fine: { land: fineLand, borders: fineBorders },
} as const;
