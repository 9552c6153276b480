import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const COMPRESSIBLE = /\.(js|mjs|css|json|svg)$/;

/** Writes `name.gz` beside each text asset, so that the server never compresses one itself. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
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
  };
}

export default defineConfig({
  // Relative addresses let the page live under any path behind a proxy.
  base: "./",
  plugins: [compressed()],
  build: {
    outDir: "../app/map/static/dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    // MapLibre alone is a megabyte; it is the page.
    chunkSizeWarningLimit: 2000,
    modulePreload: { polyfill: false },
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  worker: { format: "es" },
  server: { proxy: { "/api": "http://127.0.0.1:8000", "/map": "http://127.0.0.1:8000" } },
  test: { include: ["tests/**/*.test.ts"] },
});
