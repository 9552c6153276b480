/** One sentence at the foot of the page about what just happened, until it is closed. */
import { said } from "../account/asked";
import { useTold } from "../account/visitor";
import { t } from "../i18n";

export function AccountSaid() {
  const now = useTold(said, () => said.value);
  const close = () => (said.value = null);
  return (
    <div class="said-area" role="status">
      {now ? (
        <div class="said-now" data-alert={now.isAlert ?? false}>
          <div class="said-text">
            <p>{now.text}</p>
            {now.more ? <p class="notice-more">{now.more}</p> : null}
          </div>
          {now.action ? (
            <button type="button" class="toggle always" onClick={() => act(now.action?.onClick)}>
              {now.action.label}
            </button>
          ) : null}
          <button type="button" class="round-button" aria-label={t("app.close")} onClick={close}>
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d="M6 6l12 12M18 6L6 18" />
            </svg>
          </button>
        </div>
      ) : null}
    </div>
  );
}

function act(onClick: (() => void) | undefined): void {
  said.value = null;
  onClick?.();
}
