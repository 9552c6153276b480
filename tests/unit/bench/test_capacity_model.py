"""The model of capacity: it gives back what it was fitted to, and adds up."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bench.capacity.model import HEADROOM, Load, Model, Point
from app.bench.capacity.report import off_percent

COSTS = st.floats(1, 10_000)
SIZES = st.lists(st.integers(1_000, 5_000_000), min_size=2, max_size=5, unique=True)

MODEL = Model(
    cpu_us_base=100,
    cpu_us_per_tenfold=50,
    memory_mb_base=90,
    memory_mb_of_another=70,
    bytes_per_station=500,
    bytes_per_socket=8_000,
)


@given(cpu_us=COSTS, per_tenfold_us=COSTS, memory_mb=COSTS, per_station=COSTS, sizes=SIZES)
def test_the_costs_behind_some_points_are_found_again(
    cpu_us: float, per_tenfold_us: float, memory_mb: float, per_station: float, sizes: list[int]
) -> None:
    points = [
        Point(
            size, cpu_us + per_tenfold_us * math.log10(size), memory_mb + size * per_station / 1e6
        )
        for size in sizes
    ]
    model = Model.fitted(points, bytes_per_socket=1)
    for point in points:
        need = model.need(Load(1_000_000, point.stations, sockets=0), workers=1)
        assert need.cores == pytest.approx(point.cpu_us_per_request, rel=1e-6)
        assert need.memory_mb == pytest.approx(point.memory_mb_per_worker, rel=1e-6)


def test_a_load_takes_cores_for_requests_and_memory_for_stations_and_sockets() -> None:
    need = MODEL.need(Load(requests_per_s=2_000, stations=1_000_000, sockets=10_000))
    assert need.cores == pytest.approx(2_000 * 400e-6)
    assert need.workers == math.ceil(need.cores / HEADROOM) == 2
    assert need.memory_mb == pytest.approx(90 + 70 + 500 + 80)


def test_another_worker_takes_what_was_measured_or_as_much_as_the_first() -> None:
    points = [Point(1_000, 100, 91), Point(2_000, 100, 92)]
    load = Load(0, 5_000, 0)
    for measured, wanted in ((70.0, 90 + 5 + 140), (None, 90 + 5 + 180)):
        model = Model.fitted(points, bytes_per_socket=1, memory_mb_of_another=measured)
        assert model.need(load, workers=3).memory_mb == pytest.approx(wanted)


def test_a_service_that_nobody_asks_still_has_a_worker() -> None:
    assert MODEL.need(Load(0, 0, 0)).workers == 1


def test_a_prediction_is_off_by_its_share_of_what_was_measured() -> None:
    assert off_percent(110, 100) == 10
    assert off_percent(80, 100) == -20
