import "@fontsource-variable/inter/wght.css";
import "./styles";
import { render } from "preact";
import { App } from "./app";
import { speakPreferred } from "./i18n";
import { startWorker } from "./offline/connection";

const page = document.getElementById("page");
if (page === null) throw new Error("index.html has no #page");
// Marks are drawn on canvases, which do not wait for a font.
await document.fonts.load('650 12px "Inter Variable"').catch(() => undefined);
speakPreferred();
render(<App />, page);
if (import.meta.env.PROD) startWorker();
