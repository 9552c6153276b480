/** What a star does: keeps a station or gives it up, and says why where that fails. */
import { t } from "../i18n";
import { asked, said, sayFailure } from "./asked";
import { favorites, session } from "./visitor";

export interface Starred {
  readonly id: string;
  readonly name: string;
}

export async function keep(station: Starred): Promise<void> {
  const { id, name } = station;
  const again = () => void keep(station);
  if (!session.isSignedIn) {
    asked.value = { purpose: "sign-in", why: t("star.signIn", { name }), then: again };
    return;
  }
  said.value = null;
  try {
    await favorites.keep(id);
  } catch (error) {
    sayFailure(error, t("star.notKept", { name }), again);
    return;
  }
  // The list has it without a network, too; until then the star alone knows.
  favorites.load().catch(() => undefined);
}

/** `isToldOf`: it leaves the screen, so that a sentence offers to bring it back. */
export async function drop(station: Starred, isToldOf: boolean): Promise<void> {
  const { id, name } = station;
  said.value = isToldOf
    ? {
        text: t("star.dropped", { name }),
        action: { label: t("star.undo"), onClick: () => void keep(station) },
      }
    : null;
  try {
    await favorites.drop(id);
  } catch (error) {
    sayFailure(error, t("star.notDropped", { name }), () => void drop(station, isToldOf));
  }
}
