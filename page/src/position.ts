/** Where the visitor is, as the browser knows it. */
import type { Key } from "./i18n";
import type { View } from "./view";

const TIMEOUT_MS = 10_000;
const OLDEST_MS = 60_000;

/** Why there is no position: the key of a sentence. */
export class NoPosition extends Error {
  constructor(readonly sentence: Key) {
    super(sentence);
  }
}

/** Asks the visitor first, where the browser does; throws `NoPosition`. */
export function findPosition(): Promise<Pick<View, "latitude" | "longitude">> {
  return new Promise((found, fail) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude } }) => found({ latitude, longitude }),
      ({ code, PERMISSION_DENIED }) =>
        fail(new NoPosition(code === PERMISSION_DENIED ? "map.locationDenied" : "map.locationUnknown")),
      { timeout: TIMEOUT_MS, maximumAge: OLDEST_MS },
    );
  });
}

export function sentenceOf(error: unknown): Key {
  return error instanceof NoPosition ? error.sentence : "map.locationUnknown";
}
