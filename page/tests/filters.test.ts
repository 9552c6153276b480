import { describe, expect, it } from "vitest";
import { addFilters, isFiltered, NO_FILTERS, toggleConnector } from "../src/filters";

describe("filters", () => {
  it("switch a connector on and off, in the order of the page", () => {
    const two = toggleConnector(toggleConnector(NO_FILTERS, "type2"), "ccs2");
    expect(two.connectors).toEqual(["ccs2", "type2"]);
    expect(toggleConnector(two, "ccs2").connectors).toEqual(["type2"]);
    expect(isFiltered(two)).toBe(true);
    expect(isFiltered(NO_FILTERS)).toBe(false);
  });

  it("become parameters of the API", () => {
    const query = new URLSearchParams("limit=5");
    addFilters(query, { connectors: ["ccs2", "chademo"], minPowerKw: 22 });
    expect(query.toString()).toBe("limit=5&connector=ccs2&connector=chademo&min_power_kw=22");
  });
});
