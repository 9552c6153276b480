from __future__ import annotations

from app.middleware._counts import MOST_WAITING, current_counts
from app.middleware.request_id import Identity
from app.utils import metrics

_ENDPOINT = "/v9/counted-together"


def _told() -> float:
    """Read from the family, which unlike the registry brings nothing up to date."""
    samples = (sample for family in metrics.request_count.collect() for sample in family.samples)
    return sum(sample.value for sample in samples if sample.labels["endpoint"] == _ENDPOINT)


def _answer(times: int) -> None:
    for _ in range(times):
        identity = Identity("some-request", None, None)
        current_counts().answered("GET", _ENDPOINT, 200, 0.01, identity)


def test_answers_wait_to_be_told_together() -> None:
    metrics.flush()
    before = _told()
    _answer(MOST_WAITING - 1)
    assert _told() == before
    _answer(1)
    assert _told() == before + MOST_WAITING


def test_whoever_reads_the_registry_sees_those_that_wait() -> None:
    labels = {"method": "GET", "endpoint": _ENDPOINT}
    before = metrics.registry.get_sample_value("request_duration_count", labels) or 0.0
    _answer(3)
    assert metrics.registry.get_sample_value("request_duration_count", labels) == before + 3
