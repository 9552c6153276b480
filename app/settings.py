"""Settings: read once from the environment, at the roots, and handed down.

Only ``main``, ``resources``, ``cli`` and ``bench`` may import this module.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


class Settings(BaseSettings):
    """Every knob of VoltWay; the name of a field in capitals is its environment variable."""

    model_config = SettingsConfigDict(
        env_file=None, extra="ignore", frozen=True, validate_default=True
    )

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    data_dir: Path = Field(Path("data"), description="Database, index, logs and secrets.")
    database_url: str | None = Field(
        None, description="SQLAlchemy URL; default: a SQLite file in DATA_DIR."
    )
    auto_migrate: bool = Field(True, description="Bring the schema up to date on start.")
    log_level: LogLevel = Field("INFO", description="Lowest level that is logged.")
    log_format: Literal["json", "text"] = Field("json", description="Form of a log line.")
    log_dir: Path | None = Field(
        None, description="Where log files go; default: DATA_DIR/logs for commands that serve."
    )
    metrics_enabled: bool = Field(True, description="Collect and serve /metrics.")
    slow_request_threshold: float = Field(
        1.0, gt=0, description="Seconds after which a request is logged as slow."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Networks whose X-Forwarded-For is believed, comma-separated."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        ("*",), description="Origins that may read the API from a browser, comma-separated."
    )
    status_max_age: int = Field(
        24 * 3600, gt=0, description="Seconds after which a status counts as UNKNOWN."
    )

    @field_validator("trusted_proxies", "cors_origins", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def resolved_database_url(self) -> str:
        """``DATABASE_URL``, or the SQLite file ``voltway.db`` in ``DATA_DIR``."""
        if self.database_url:
            return self.database_url
        return f"sqlite+aiosqlite:///{(self.data_dir / 'voltway.db').absolute()}"
