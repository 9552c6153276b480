"""Settings: read once from the environment, at the roots, and handed down.

Only ``main``, ``resources``, ``cli``, ``bench`` and ``settings_in_force``, which shows them, may
import this module.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.errors import VoltWayError
from app.utils.rate_limit import Limit
from app.utils.redis_urls import cluster_of

WITH_SECRETS = frozenset(
    {"database_url", "database_direct_url", "database_replica_urls", "redis_url", "sentry_dsn"}
    | {"secret_key", "secret_key_previous"}
)
"""Their values are not repeated in an error."""

_DSN = re.compile(r"https?://[^/:@]+(:[^/@]+)?@[^/@]+/(.+/)?\d+")

_WEB_URL = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(/[!-~]*)?")
"""Without a password; of its host nothing could end a directive of a policy."""

NO_LIMIT = "off"

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


class SettingsInvalid(VoltWayError):
    """An environment variable holds a value that cannot be used."""

    slug, title, exit_code = "settings-invalid", "A setting is not valid", 2

    def __init__(self, error: ValidationError) -> None:
        faults = (
            f"{str(fault['loc'][0]).upper()}={_shown(fault)}: {fault['msg']}"
            for fault in error.errors()
        )
        super().__init__(f"Environment: {'; '.join(faults)}.")


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
    database_direct_url: str | None = Field(
        None,
        description="The same PostgreSQL around a pooler that DATABASE_URL goes through.",
    )
    database_replica_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Streaming replicas to read from, comma-separated URLs."
    )
    database_processes: int = Field(
        1,
        ge=1,
        description="Processes, of all hosts, that share the connections of PostgreSQL;"
        " `voltway serve` counts its own workers.",
    )
    auto_migrate: bool = Field(True, description="Bring the schema up to date on start.")
    log_level: LogLevel = Field("INFO", description="Lowest level that is logged.")
    log_format: Literal["json", "text"] = Field("json", description="Form of a log line.")
    log_dir: Path | None = Field(
        None, description="Where log files go; default: DATA_DIR/logs for commands that serve."
    )
    log_schema: Literal["default", "ecs", "gcp"] = Field(
        "default",
        description="Names of a log line's fields: ours, Elastic's, or Google Cloud's.",
    )
    metrics_enabled: bool = Field(True, description="Collect and serve /metrics.")
    prometheus_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="A second port for /metrics alone; nothing opens where it equals PORT.",
    )
    redis_url: str | None = Field(
        None,
        description="Redis of the second cache tier, or a Redis Cluster by some of its nodes: "
        "redis+cluster://host:port,host:port; unset: memory only.",
    )
    cache_ttl: int = Field(3600, gt=0, description="Seconds that the caches keep an answer.")
    card_cache_mb: int = Field(
        64, ge=0, description="Room for stations' answers in memory, in MiB; 0 keeps none."
    )
    memory_threshold_mb: int = Field(
        500, gt=0, description="Resident size of a process, in MiB, from which it warns."
    )
    sentry_dsn: SecretStr | None = Field(
        None, description="Where errors are reported; unset: nowhere, and nothing is loaded."
    )
    slow_request_threshold: float = Field(
        1.0, gt=0, description="Seconds after which a request is logged as slow."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Networks whose X-Forwarded-For is believed, comma-separated."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        ("*",), description="Origins that may read the API from a browser, comma-separated."
    )
    environment: Literal["development", "production"] = Field(
        "development", description="In production SECRET_KEY must be given."
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Signs access tokens, the same on all hosts; default in development: one that"
        " is made once and kept in DATA_DIR/secrets.",
    )
    secret_key_previous: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="Secrets that were replaced a moment ago, whose tokens still hold."
    )
    rate_limit: str = Field(
        "1200/minute", description="Requests of one user or address; `off`: no limit."
    )
    rate_limit_endpoint: str = Field(
        "900/minute", description="The same for each endpoint; `off`: no limit."
    )
    rate_limit_log_in: str = Field(
        "10/minute",
        description="Log-ins and registrations of one address, and half of the log-ins for one"
        " account; `off`: no limit of either.",
    )
    rate_limit_register: str = Field(
        "60/hour",
        description="Registrations and new names of one address, beside the limit of log-ins;"
        " `off`: that one alone.",
    )
    map_style_url: str | None = Field(
        None,
        description="A MapLibre style for the map page; all that it names is of its origin.",
    )
    router_url: str | None = Field(
        None, description="A server that speaks OSRM's HTTP API; unset: routes are straight."
    )
    status_max_age: int = Field(
        24 * 3600, gt=0, description="Seconds after which a status counts as UNKNOWN."
    )

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise SettingsInvalid(error) from error

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, value: object) -> object:
        is_level = isinstance(value, str) and value.upper() in get_args(LogLevel)
        return str(value).upper() if is_level else value

    @field_validator(
        "trusted_proxies",
        "cors_origins",
        "database_replica_urls",
        "secret_key_previous",
        mode="before",
    )
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object, info: ValidationInfo) -> object:
        may_be_unset = cls.model_fields[info.field_name or ""].default is None
        return None if value == "" and may_be_unset else value

    @field_validator("database_direct_url", "database_replica_urls")
    @classmethod
    def _check_postgresql(cls, urls: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        for url in (urls,) if isinstance(urls, str) else urls or ():
            if not url.startswith("postgresql+asyncpg://"):
                raise ValueError("it begins with postgresql+asyncpg://")
        return urls

    @field_validator("redis_url")
    @classmethod
    def _check_redis(cls, url: str | None) -> str | None:
        if url is not None:
            cluster_of(url)
        return url

    @field_validator(
        "rate_limit", "rate_limit_endpoint", "rate_limit_log_in", "rate_limit_register"
    )
    @classmethod
    def _check_limit(cls, text: str) -> str:
        if text != NO_LIMIT:
            Limit.read(text)
        return text

    @field_validator("sentry_dsn")
    @classmethod
    def _check_dsn(cls, dsn: SecretStr | None) -> SecretStr | None:
        if dsn is not None and not _DSN.fullmatch(dsn.get_secret_value()):
            raise ValueError("it has the form https://KEY@HOST/PROJECT")
        return dsn

    @field_validator("map_style_url", "router_url")
    @classmethod
    def _check_web(cls, url: str | None) -> str | None:
        if url is not None and not _WEB_URL.fullmatch(url):
            raise ValueError("it has the form https://HOST/PATH")
        return url

    @field_validator("trusted_proxies")
    @classmethod
    def _check_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            ip_network(network, strict=False)
        return networks

    @property
    def resolved_log_dir(self) -> Path:
        """``LOG_DIR``, or ``logs`` in ``DATA_DIR``."""
        return self.log_dir or self.data_dir / "logs"

    @property
    def secrets_dir(self) -> Path | None:
        """Where a secret is kept that nobody gave; ``None`` in production."""
        return self.data_dir / "secrets" if self.environment == "development" else None

    @property
    def index_dir(self) -> Path:
        """Where saved index segments are kept."""
        return self.data_dir / "index"

    @property
    def resolved_database_url(self) -> str:
        """``DATABASE_URL``, or the SQLite file ``voltway.db`` in ``DATA_DIR``."""
        if self.database_url:
            return self.database_url
        return f"sqlite+aiosqlite:///{(self.data_dir / 'voltway.db').absolute()}"


def _shown(fault: ErrorDetails) -> str:
    if str(fault["loc"][0]) in WITH_SECRETS:
        return "***"
    value = fault["input"]
    text = ",".join(value) if isinstance(value, tuple) else str(value)
    return repr(text if len(text) <= 60 else f"{text[:60]}…")  # noqa: PLR2004 - enough to find it
