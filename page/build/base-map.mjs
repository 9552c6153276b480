// @ts-check
/**
 * Makes the base map: land and borders of Natural Earth (by way of world-atlas) as GeoJSON.
 *
 * It is done at build time, so that a phone neither unpacks topology nor mends the
 * antimeridian: MapLibre's worker reads these files as they are.
 *
 * Writes `generated/{land,borders}-{world,coarse,fine}.json`: scale 1 : 110 million for the
 * first look, 1 : 50 million for countries, 1 : 10 million for a near view.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { feature, mesh } from "topojson-client";
import { thinned } from "./thinned.mjs";
import { continuousLine, continuousPolygon } from "./antimeridian.mjs";

/**
 * Decimals of a degree: 2 is a pixel at the zoom where the fine map takes over, 3 is 100 m.
 * Points that stray less than the tolerance (degrees) are left out.
 */
const SCALES = {
  world: { scale: "110m", decimals: 2, tolerance: 0 },
  coarse: { scale: "50m", decimals: 2, tolerance: 0.01 },
  fine: { scale: "10m", decimals: 3, tolerance: 0 },
};
const here = new URL("../", import.meta.url);

mkdirSync(new URL("generated/", here), { recursive: true });
for (const [detail, { scale, decimals, tolerance }] of Object.entries(SCALES)) {
  const path = new URL(`node_modules/world-atlas/countries-${scale}.json`, here);
  const topology = JSON.parse(readFileSync(path, "utf8"));
  const { land, countries } = topology.objects;
  /** @type {import("geojson").FeatureCollection<import("geojson").MultiPolygon>} */
  const lands = /** @type {any} */ (feature(topology, land));
  const borders = mesh(topology, countries, (one, other) => one !== other);
  write(`land-${detail}`, {
    type: "MultiPolygon",
    coordinates: lands.features.flatMap(({ geometry }) =>
      geometry.coordinates.map((polygon) =>
        continuousPolygon(polygon).map((ring) => thinned(rounded(ring, decimals), tolerance)),
      ),
    ),
  });
  write(`borders-${detail}`, {
    type: "MultiLineString",
    coordinates: borders.coordinates.map((line) =>
      thinned(rounded(continuousLine(line), decimals), tolerance),
    ),
  });
}

/**
 * Positions to some decimals, without the repeats that this makes.
 *
 * @param {import("geojson").Position[]} line
 * @param {number} decimals
 */
function rounded(line, decimals) {
  const positions = line.map((position) => position.map((value) => Number(value.toFixed(decimals))));
  return positions.filter(
    ([longitude, latitude], at) =>
      at === 0 || longitude !== positions[at - 1]?.[0] || latitude !== positions[at - 1]?.[1],
  );
}

/**
 * @param {string} name
 * @param {object} shape
 */
function write(name, shape) {
  writeFileSync(new URL(`generated/${name}.json`, here), JSON.stringify(shape));
}
