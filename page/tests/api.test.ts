import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { askClusters, askMapConfig, askPlaces, askStation, askStationsNear } from "../src/api";
import { NO_FILTERS } from "../src/filters";
import { WORLD } from "../src/view";

const signal = new AbortController().signal;
const asked: string[] = [];
let answer: { status: number; body: string } = { status: 200, body: "{}" };
let server: Server;

beforeAll(async () => {
  server = createServer((request: IncomingMessage, response) => {
    asked.push(request.url ?? "");
    response.writeHead(answer.status, { "Content-Type": "application/json" }).end(answer.body);
  });
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  vi.stubGlobal("document", { baseURI: `http://127.0.0.1:${port}/volt/` });
});

afterEach(() => {
  asked.length = 0;
  answer = { status: 200, body: "{}" };
});

afterAll(() => {
  vi.unstubAllGlobals();
  server.close();
});

describe("what is asked", () => {
  it("is below the folder of the page, with the filters in the API's words", async () => {
    const filters = {
      ...NO_FILTERS,
      connectors: ["ccs2", "type2"],
      minPowerKw: 50,
      isFree: true,
      operators: ["Ö & Co"],
    };
    await askStationsNear({ latitude: 48.85661234, longitude: 2.35, zoom: 12 }, 3.5, filters, signal);
    await askClusters(WORLD, 4.4, NO_FILTERS, signal);
    await askPlaces("a b", 6, signal);
    await askMapConfig(signal);
    expect(asked).toEqual([
      "/volt/api/v1/stations?latitude=48.856612&longitude=2.35&radius_km=3.5&limit=50" +
        "&connector=ccs2&connector=type2&min_power_kw=50&available=true&operator=%C3%96+%26+Co",
      expect.stringMatching(/^\/volt\/api\/v1\/stations\/clusters\?bbox=[^&]+&zoom=\d+$/),
      "/volt/api/v1/places?q=a+b&limit=6",
      "/volt/map/config.json",
    ]);
  });

  it("keeps an id whole", async () => {
    await askStation("osm:node/17 ü", signal);
    expect(asked).toEqual(["/volt/api/v1/stations/osm%3Anode%2F17%20%C3%BC"]);
  });
});

describe("what is no answer", () => {
  it("is missing, or refused with the server's own sentence", async () => {
    answer = { status: 404, body: "no JSON" };
    await expect(askStation("a", signal)).rejects.toMatchObject({ reason: "missing", detail: null });
    answer = { status: 429, body: '{"detail": "Slowly."}' };
    await expect(askStation("a", signal)).rejects.toMatchObject({ reason: "refused", detail: "Slowly." });
  });

  it("is unreachable where nobody listens or no JSON comes", async () => {
    answer = { status: 200, body: "<html>" };
    await expect(askStation("a", signal)).rejects.toMatchObject({ reason: "unreachable" });
  });

  it("is the reason of whoever gave the question up", async () => {
    const reason = new Error("another view");
    await expect(askStation("a", AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
