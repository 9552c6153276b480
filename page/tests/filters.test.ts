import { describe, expect, it } from "vitest";
import { addFilters, countFilters, isFiltered, NO_FILTERS, toggled } from "../src/filters";

describe("filters", () => {
  it("switch a word on and off, in the order of the page", () => {
    const two = toggled(toggled(NO_FILTERS, "connectors", "type2"), "connectors", "ccs2");
    expect(two.connectors).toEqual(["ccs2", "type2"]);
    expect(toggled(two, "connectors", "ccs2").connectors).toEqual(["type2"]);
    expect(isFiltered(two)).toBe(true);
    expect(isFiltered(NO_FILTERS)).toBe(false);
  });

  it("keep operators in the order in which they were chosen", () => {
    const two = toggled(toggled(NO_FILTERS, "operators", "Z"), "operators", "A");
    expect(two.operators).toEqual(["Z", "A"]);
  });

  it("are counted by what was chosen", () => {
    const some = { ...NO_FILTERS, connectors: ["ccs2", "type2"], minPowerKw: 50, isFree: true };
    expect(countFilters(some)).toBe(4);
  });

  it("become parameters of the API", () => {
    const query = new URLSearchParams("limit=5");
    addFilters(query, {
      connectors: ["ccs2", "chademo"],
      minPowerKw: 22,
      isFree: true,
      isOpen: true,
      operators: ["Voltia"],
      payments: ["card"],
      accesses: ["public"],
    });
    expect(query.toString()).toBe(
      "limit=5&connector=ccs2&connector=chademo&min_power_kw=22&available=true&open_now=true" +
        "&operator=Voltia&payment=card&access=public",
    );
  });
});
