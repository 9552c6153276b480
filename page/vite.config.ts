import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { appFiles } from "./build/app-files.ts";

const COMPRESSIBLE = /\.(js|mjs|css|json|svg)$/;

/** Writes `name.gz` beside each text asset, so that the server never compresses one itself. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    enforce: "post",
    generateBundle: {
      // Others still change their files here, as for what is loaded later.
      order: "post",
      handler(_options, bundle) {
        for (const [fileName, item] of Object.entries(bundle)) {
          if (!COMPRESSIBLE.test(fileName)) continue;
          const text = item.type === "chunk" ? item.code : item.source;
          this.emitFile({
            type: "asset",
            fileName: `${fileName}.gz`,
            source: gzipSync(text, { level: 9 }),
          });
        }
      },
    },
  };
}

export default defineConfig({
  // Relative addresses let the page live under any path behind a proxy.
  base: "./",
  plugins: [compressed(), appFiles()],
  build: {
    outDir: "../app/map/static/dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    // MapLibre alone is a megabyte; it is the page.
    chunkSizeWarningLimit: 2000,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "index.html", sw: "src/offline/sw.ts" },
      output: {
        // Changes far less often than the page does.
        codeSplitting: { groups: [{ name: "maplibre", test: /node_modules\/maplibre-gl/ }] },
        // A service worker rules its own folder, under a name that stays.
        entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
      },
      checks: { pluginTimings: false },
    },
  },
  worker: { format: "es" },
  server: { proxy: { "/api": "http://127.0.0.1:8000", "/map": "http://127.0.0.1:8000" } },
  test: { include: ["tests/**/*.test.ts"] },
});
