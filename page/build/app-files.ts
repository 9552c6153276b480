/** What makes the page an app: its manifest, its icons, and the list its service worker keeps. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { icon } from "./icons.mjs";

/** Too large to be kept before somebody looks that close, or for other scripts than the page's. */
const LATER = /fine|cyrillic|greek|vietnamese|\.gz$|\.map$/;
const ROUNDED = { radius: 8, scale: 1 };
const MASKABLE = { radius: 0, scale: 0.72 };

const MANIFEST = {
  id: "./",
  name: "VoltWay – charging stations",
  short_name: "VoltWay",
  start_url: "./",
  scope: "./",
  display: "standalone",
  background_color: "#0b6e5b",
  theme_color: "#0b6e5b",
  icons: [
    { src: "icon.svg", sizes: "any", type: "image/svg+xml" },
    { src: "icon-192.png", sizes: "192x192", type: "image/png" },
    { src: "icon-512.png", sizes: "512x512", type: "image/png" },
    { src: "icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
  ],
};

export function appFiles(): Plugin {
  return {
    name: "app-files",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const assets = Object.keys(bundle).filter((name) => name.startsWith("assets/"));
      const shell = ["./", ...assets.filter((name) => !LATER.test(name))];
      const page = bundle["index.html"];
      const version = createHash("sha256")
        .update(JSON.stringify(assets.toSorted()))
        .update(page?.type === "asset" ? page.source : "")
        .digest("hex")
        .slice(0, 12);
      const worker = bundle["sw.js"];
      if (worker?.type !== "chunk") throw new Error("the build made no service worker");
      worker.code = worker.code
        .replaceAll("SHELL_VERSION", JSON.stringify(version))
        .replaceAll("SHELL_FILES", JSON.stringify(shell));
      const files = {
        "manifest.webmanifest": JSON.stringify(MANIFEST),
        "icon.svg": readFileSync(new URL("../src/bolt.svg", import.meta.url)),
        "icon-192.png": icon(192, ROUNDED),
        "icon-512.png": icon(512, ROUNDED),
        "icon-maskable-512.png": icon(512, MASKABLE),
        "apple-touch-icon.png": icon(180, { radius: 0, scale: 0.9 }),
      };
      for (const [fileName, source] of Object.entries(files)) {
        this.emitFile({ type: "asset", fileName, source });
      }
    },
  };
}
