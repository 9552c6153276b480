/** One sentence at the foot of the page about what just happened. */
import { useEffect, useRef } from "preact/hooks";
import { said } from "../account/asked";
import { useTold } from "../account/visitor";
import { t } from "../i18n";

/** Long enough to read a sentence that asks for nothing; all others stay until they are closed. */
const READ_MS = 8000;

export function AccountSaid() {
  const now = useTold(said, () => said.value);
  const before = useRef<EventTarget | null>(null);
  useEffect(() => {
    if (now === null || now.action || now.isAlert) return undefined;
    const timer = setTimeout(() => (said.value = null), READ_MS);
    return () => clearTimeout(timer);
  }, [now]);

  const remember = ({ relatedTarget, currentTarget }: FocusEvent) => {
    const isFromInside = (currentTarget as Element).contains(relatedTarget as Node | null);
    if (!isFromInside) before.current = relatedTarget;
  };
  const close = (next?: () => void) => {
    said.value = null;
    giveFocusTo(before.current);
    next?.();
  };
  return (
    <div role="status" onFocusIn={remember}>
      {now ? (
        <div class="said-now" data-alert={now.isAlert ?? false}>
          <div class="said-text">
            <p>{now.text}</p>
            {now.more ? <p class="notice-more">{now.more}</p> : null}
          </div>
          {now.action ? (
            <button type="button" class="toggle always" onClick={() => close(now.action?.onClick)}>
              {now.action.label}
            </button>
          ) : null}
          <button type="button" class="round-button" aria-label={t("app.close")} onClick={() => close()}>
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d="M6 6l12 12M18 6L6 18" />
            </svg>
          </button>
        </div>
      ) : null}
    </div>
  );
}

/** Where it was before, if that is still there. */
function giveFocusTo(place: EventTarget | null): void {
  const isThere = place instanceof HTMLElement && place.isConnected;
  (isThere ? place : document.getElementById("panel"))?.focus();
}
