"""Metric families as text, in Prometheus' form 0.0.4 and in OpenMetrics'.

Written here and not by the client library for two reasons: ``request_count`` keeps its name
and the order of its labels in the text form, and a scrape costs half as much.
Sources: the exposition formats as documented by Prometheus and by the OpenMetrics 1.0 standard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Exemplar
from prometheus_client.utils import floatToGoString

_BARE = frozenset({"request_count"})
"""Counters whose name has no ``_total`` in the text form, and whose counts are whole numbers."""


class Form(NamedTuple):
    """How one of the formats differs from the other."""

    content_type: str
    is_openmetrics: bool


TEXT = Form("text/plain; version=0.0.4; charset=utf-8", is_openmetrics=False)
OPENMETRICS = Form(
    "application/openmetrics-text; version=1.0.0; charset=utf-8", is_openmetrics=True
)


def render(families: Iterable[Metric], form: Form) -> str:
    """Each family with its HELP and TYPE, also one without series."""
    lines: list[str] = []
    for family in families:
        if form.is_openmetrics:
            lines.extend(_openmetrics_lines(family))
        else:
            lines.extend(_text_lines(family))
    if form.is_openmetrics:
        lines.append("# EOF")
    return "\n".join(lines) + "\n"


def _text_lines(family: Metric) -> Iterator[str]:
    is_bare = family.name in _BARE
    suffix = "_total" if family.type == "counter" and not is_bare else ""
    meaning = family.documentation.replace("\\", r"\\").replace("\n", r"\n")
    yield f"# HELP {family.name}{suffix} {meaning}"
    yield f"# TYPE {family.name}{suffix} {family.type}"
    for sample in family.samples:
        if is_bare:
            yield f"{family.name}{_labels(sample.labels)} {int(sample.value)}"
        else:
            yield f"{sample.name}{_labels(sample.labels)} {_number(sample.value)}"


def _openmetrics_lines(family: Metric) -> Iterator[str]:
    yield f"# HELP {family.name} {_escape(family.documentation)}"
    yield f"# TYPE {family.name} {family.type}"
    for sample in family.samples:
        line = f"{sample.name}{_labels(sample.labels)} {_number(sample.value)}"
        yield line if sample.exemplar is None else line + _exemplar(sample.exemplar)


def _exemplar(exemplar: Exemplar) -> str:
    value = _number(exemplar.value)
    return f" # {_labels(exemplar.labels)} {value} {exemplar.timestamp}"


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join([f'{name}="{_escape(value)}"' for name, value in labels.items()]) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    written: str = floatToGoString(value)  # type: ignore[no-untyped-call] # - in the library
    return written
