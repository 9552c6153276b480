/** Language and colours. */
import { choose, LANGUAGE_NAMES, LANGUAGES, type Language, language, t } from "../i18n";
import { THEME_CHOICES, type ThemeChoice, type Themes } from "../theme";

const ID = "settings";

export function Settings({ themes }: { readonly themes: Themes }) {
  return (
    <>
      <button type="button" class="round-button" popovertarget={ID} aria-label={t("app.settings")}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M4 7h9M19 7h1M4 17h1M11 17h9" />
          <circle cx="16" cy="7" r="2.5" />
          <circle cx="8" cy="17" r="2.5" />
        </svg>
      </button>
      <div class="settings" id={ID} popover="auto" role="dialog" aria-label={t("app.settings")}>
        <label>
          {t("app.language")}
          <select
            value={language()}
            onChange={({ currentTarget }) => choose(currentTarget.value as Language)}
          >
            {LANGUAGES.map((one) => (
              <option key={one} value={one} lang={one}>
                {LANGUAGE_NAMES[one]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("app.theme")}
          <select
            value={themes.choice}
            onChange={({ currentTarget }) => themes.choose(currentTarget.value as ThemeChoice)}
          >
            {THEME_CHOICES.map((one) => (
              <option key={one} value={one}>
                {t(`theme.${one}`)}
              </option>
            ))}
          </select>
        </label>
        <a href="./docs">{t("app.api")}</a>
      </div>
    </>
  );
}
