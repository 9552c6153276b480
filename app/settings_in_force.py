"""Which settings are in force, and where each comes from; secrets are masked."""

from __future__ import annotations

import re
from typing import NamedTuple

from app.settings import WITH_SECRETS, Settings


class SettingInForce(NamedTuple):
    """A setting as ``voltway settings`` shows it."""

    name: str
    """Its environment variable."""
    value: str
    """Secrets are masked."""
    source: str
    """``environment`` or ``default``."""


def settings_with_sources(settings: Settings | None = None) -> list[SettingInForce]:
    """Each setting that is in force, in the order of ``Settings``.

    Raises:
        SettingsInvalid: An environment variable holds a value that cannot be used.
    """
    settings = settings or Settings()
    return [
        SettingInForce(
            name.upper(),
            _value_in_force(settings, name),
            "environment" if name in settings.model_fields_set else "default",
        )
        for name in Settings.model_fields
    ]


def _value_in_force(settings: Settings, name: str) -> str:
    if name == "database_url":
        return _without_password(settings.resolved_database_url)
    if name == "log_dir":
        return str(settings.resolved_log_dir)
    value = getattr(settings, name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    parts = map(str, value if isinstance(value, tuple) else (value,))
    return ",".join(map(_without_password, parts) if name in WITH_SECRETS else parts)


def _without_password(url: str) -> str:
    return re.sub(r"(://[^/:@]*):[^@]*@", r"\1:***@", url)
