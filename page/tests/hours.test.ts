import { afterEach, describe, expect, it } from "vitest";
import { hoursInWords } from "../src/hours";
import { speak } from "../src/i18n";

afterEach(() => speak("en"));

/** Some versions of ICU write a narrow space before "AM". */
const words = (text: string) => hoursInWords(text)?.map((line) => line.replaceAll("\u202f", " "));

describe("opening hours", () => {
  it("are told in words", () => {
    expect(words("24/7")).toEqual(["Open 24 hours, every day"]);
    expect(words("Mo-Fr 08:00-20:00; Sa 09:00-12:00,14:00-18:00; PH off")).toEqual([
      "Mon to Fri: 8:00 AM to 8:00 PM",
      "Sat: 9:00 AM to 12:00 PM, 2:00 PM to 6:00 PM",
      "Public holidays: closed",
    ]);
    expect(words("06:00-22:00")).toEqual(["Every day: 6:00 AM to 10:00 PM"]);
    expect(words("Mo-Su 00:00-24:00")).toEqual(["Every day: 24 hours"]);
  });

  it("speak the visitor's language", () => {
    speak("de");
    expect(words("Mo,We-Fr 08:00-20:00; Su off")).toEqual([
      "Mo, Mi bis Fr: 08:00 bis 20:00",
      "So: geschlossen",
    ]);
    speak("fr");
    expect(words("Sa,Su 08:00-20:00")).toEqual(["sam., dim. : 08:00 à 20:00"]);
  });

  it.each(["Apr-Oct 08:00-20:00", "sunrise-sunset", "Mo-Fr 8-20", "by appointment", ""])(
    "beyond that stay as they are written: %s",
    (text) => expect(hoursInWords(text)).toBeNull(),
  );
});
