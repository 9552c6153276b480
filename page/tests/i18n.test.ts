import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { filled, LANGUAGES, nameOf, preferredLanguage, speak, t, type Text } from "../src/i18n";

const SOURCE = join(import.meta.dirname, "../src");

function catalogue(language: string): Record<string, Text> {
  return JSON.parse(readFileSync(join(SOURCE, `i18n/${language}.json`), "utf8")) as Record<string, Text>;
}

function code(): string {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" });
  return files
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => readFileSync(join(SOURCE, name), "utf8"))
    .join("\n");
}

function placeholders(text: Text): string[] {
  const forms = typeof text === "string" ? [text] : Object.values(text);
  return [...new Set(forms.flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();
}

const ENGLISH = catalogue("en");

afterEach(() => speak("en"));

describe("the catalogues", () => {
  it.each(LANGUAGES)("have the same keys, places and plural forms: %s", (language) => {
    const texts = catalogue(language);
    expect(Object.keys(texts).sort()).toEqual(Object.keys(ENGLISH).sort());
    for (const [key, text] of Object.entries(texts)) {
      expect([key, placeholders(text)]).toEqual([key, placeholders(ENGLISH[key] ?? "")]);
      const forms = typeof text === "string" ? [text] : Object.values(text);
      expect(forms.every((form) => form.trim() !== ""), key).toBe(true);
      expect(typeof text, key).toBe(typeof ENGLISH[key]);
    }
  });

  it("hold no key that nobody says", () => {
    const text = code();
    // Words of the API are looked up by family; templates by what stands before the variable.
    const families = [...text.matchAll(/nameOf\("(\w+)"|`([\w.]+\.)\$\{/g)].map(
      ([, family, prefix]) => prefix ?? `${family}.`,
    );
    const unused = Object.keys(ENGLISH).filter(
      (key) => !text.includes(`"${key}"`) && !families.some((family) => key.startsWith(family)),
    );
    expect(unused).toEqual([]);
  });
});

describe("texts", () => {
  it("choose the plural form and write numbers as the language does", () => {
    expect(t("list.stations", { count: 1 })).toBe("1 station");
    expect(t("list.stations", { count: 1234 })).toBe("1,234 stations");
    speak("de");
    expect(t("list.stations", { count: 1234 })).toBe("1.234 Stationen");
    speak("fr");
    expect(t("list.stations", { count: 0 })).toBe("0 borne");
  });

  it("leave a place alone that nothing was given for", () => {
    expect(filled("{a} of {b}", { a: 1 }, "en")).toBe("1 of {b}");
  });

  it("name the words of the API, if they are known", () => {
    expect(nameOf("access", "public")).toBe("Open to everyone");
    expect(nameOf("access", "elsewhere")).toBeNull();
  });
});

describe("the language", () => {
  it("is the address's, else the chosen one, else the browser's, else English", () => {
    expect(preferredLanguage("fr", "de", ["en"])).toBe("fr");
    expect(preferredLanguage("xx", "de", ["en"])).toBe("de");
    expect(preferredLanguage(null, null, ["nl", "de-AT", "fr"])).toBe("de");
    expect(preferredLanguage(null, null, ["nl"])).toBe("en");
  });
});
