/** Links that lead a driver to a station, and the sharing of a link. */
import type { Station } from "./api";

type Place = Pick<Station, "latitude" | "longitude">;

/** An app or a site, and its address for the way to one place. */
export type Way = readonly [name: string, address: string];

/**
 * The usual ones, an app of the phone's choice first.
 *
 * `geo:` (RFC 5870) is what Android asks its apps with; iPhones know the others.
 */
export function waysTo({ latitude, longitude }: Place, name: string, appName: string): Way[] {
  const place = `${latitude},${longitude}`;
  const label = encodeURIComponent(name.replace(/[()]/g, " ").trim());
  return [
    [appName, `geo:${place}?q=${place}(${label})`],
    ["Google Maps", `https://www.google.com/maps/dir/?api=1&destination=${place}`],
    ["Apple Maps", `https://maps.apple.com/?daddr=${place}`],
    ["Waze", `https://waze.com/ul?ll=${place}&navigate=yes`],
    [
      "OpenStreetMap",
      `https://www.openstreetmap.org/directions?route=%3B${latitude}%2C${longitude}`,
    ],
  ];
}

type Sharer = Partial<Pick<Navigator, "share">> & {
  readonly clipboard?: Pick<Clipboard, "writeText">;
};

/** `given-up`: the visitor closed the choice of apps, and need not be told. */
export type Outcome = "shared" | "copied" | "given-up" | "failed";

/** Hands a link to another app, or to the clipboard where no app takes it. */
export async function shareLink(
  link: { readonly title: string; readonly url: string },
  through: Sharer,
): Promise<Outcome> {
  try {
    if (through.share) {
      await through.share(link);
      return "shared";
    }
    if (!through.clipboard) return "failed";
    await through.clipboard.writeText(link.url);
    return "copied";
  } catch (error) {
    return error instanceof DOMException && error.name === "AbortError" ? "given-up" : "failed";
  }
}
