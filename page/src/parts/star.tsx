/** A button that keeps a station as a favourite, and tells whether it is one. */
import { drop, keep } from "../account/starring";
import { useKept } from "../account/visitor";
import { t } from "../i18n";
import type { StarProps } from "../slots";

interface Props extends StarProps {
  /** Without the star its row is gone. */
  readonly isInFavorites?: boolean;
}

export function Star({ id, name, isInFavorites = false }: Props) {
  const isKept = useKept().ids.has(id);
  const toggle = () => void (isKept ? drop({ id, name }, isInFavorites) : keep({ id, name }));
  return (
    <button
      type="button"
      class="star"
      aria-pressed={isKept}
      aria-label={t("star.label", { name })}
      title={t(isKept ? "star.isKept" : "star.keep")}
      onClick={toggle}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M12 3.6l2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8-4.2-4.1 5.8-.8z" />
      </svg>
    </button>
  );
}
