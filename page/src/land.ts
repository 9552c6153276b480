/** The base map's land and borders: made by `build/base-map.mjs`, read by MapLibre's worker. */
import coarseBorders from "../generated/borders-coarse.json?url";
import fineBorders from "../generated/borders-fine.json?url";
import worldBorders from "../generated/borders-world.json?url";
import coarseLand from "../generated/land-coarse.json?url";
import fineLand from "../generated/land-fine.json?url";
import worldLand from "../generated/land-world.json?url";

/** From the first look to the nearest; each is fetched when a view needs it. */
export const LAND = [
  { fromZoom: 0, land: worldLand, borders: worldBorders },
  { fromZoom: 3.5, land: coarseLand, borders: coarseBorders },
  // From here on the coarse coast looks wrong, and small towns find room.
  { fromZoom: 8, land: fineLand, borders: fineBorders },
] as const;
