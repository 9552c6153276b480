/** How long things on the map take to appear or to change their colours. */

const FADE_MS = 300;

/** At once for visitors who want less motion; that draws fewer pictures, too. */
export function fadeMs(): number {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : FADE_MS;
}
