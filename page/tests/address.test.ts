import { describe, expect, it } from "vitest";
import { type Address, EMPTY_ADDRESS, readAddress, writeAddress } from "../src/address";

describe("the address", () => {
  it("comes back as it was written", () => {
    const address: Address = {
      view: { latitude: 48.8566, longitude: 2.3522, zoom: 12.5 },
      filters: {
        connectors: ["ccs2", "type2"],
        minPowerKw: 50,
        isFree: true,
        isOpen: true,
        operators: ["Voltia & Söhne"],
        payments: ["card"],
        accesses: ["public"],
      },
      stationId: "osm:node%2F17",
      panel: "route",
      route: "48.8566,2.3522~45.7578,4.832",
    };
    const hash = writeAddress(address);
    expect(hash).toBe(
      "#map=12.5/48.8566/2.3522&connector=ccs2&connector=type2&power=50&free=1&open=1" +
        "&operator=Voltia%20%26%20S%C3%B6hne&payment=card&access=public&station=osm%3Anode%252F17" +
        "&panel=route&route=48.8566%2C2.3522~45.7578%2C4.832",
    );
    expect(readAddress(hash)).toEqual(address);
  });

  it("is empty for an untouched page", () => {
    expect(writeAddress(EMPTY_ADDRESS)).toBe("");
    expect(readAddress("")).toEqual(EMPTY_ADDRESS);
  });

  it.each([
    "#map=12/91/2",
    "#map=99/48/2",
    "#map=12/48",
    "#map=12/48/2/7",
    "#map=//",
    "#map=x/y/z",
    "#map=12/NaN/2",
    "#power=-5",
    "#power=0",
    "#power=1e9",
    "#connector=%3Cscript%3E",
    "#station=",
    "#panel=elsewhere",
    "#free=yes&payment=gold&access=all&operator=%20",
    "#%E0%A4%A",
  ])("leaves out what it cannot read: %s", (hash) => {
    expect(readAddress(hash)).toEqual(EMPTY_ADDRESS);
  });

  it("writes as many decimals as the zoom can show", () => {
    const view = { latitude: 48.123456789, longitude: -2.987654321, zoom: 3 };
    expect(writeAddress({ ...EMPTY_ADDRESS, view })).toBe("#map=3/48.12/-2.99");
    expect(writeAddress({ ...EMPTY_ADDRESS, view: { ...view, zoom: 15 } })).toBe(
      "#map=15/48.123457/-2.987654",
    );
  });

  it("brings a longitude of another turn back", () => {
    expect(readAddress("#map=4/10/190").view?.longitude).toBe(-170);
  });
});
