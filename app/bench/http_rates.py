"""Rates over HTTP: our application, its floor and its peers, in turns."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

from app.bench.errors import MeasurementFailed
from app.bench.load import Rate, ask_each, measure_rate
from app.bench.questions import Questions
from app.bench.server import running

FLOOR = "floor"
COLD = "ours, no cards in memory"
PEERS = ("ours", COLD, "sql", "orm")


async def measure(
    data_dir: Path, questions: Questions, *, rounds: int, seconds: float
) -> dict[str, dict[str, Any]]:
    """Rates of the floor and the peers for the nearest 50, medians of ``rounds``.

    Raises:
        MeasurementFailed: A server did not start, or the machine is too busy to answer.
    """
    targets = [question.target for question in questions.nearest]
    bodies = data_dir / "bodies.json"
    async with running(PEERS, data_dir) as ports:
        answers = await ask_each(ports[PEERS[0]], targets)
        bodies.write_text(json.dumps([answer.body.decode() for answer in answers]), "utf-8")
        async with running([FLOOR], data_dir, bodies) as floor_port:
            rates = await _take_turns({**floor_port, **ports}, targets, rounds, seconds)
    floor_per_s = median(rate.requests_per_s for rate in rates[FLOOR])
    if not floor_per_s:
        raise MeasurementFailed("the load", f"the floor answered nothing in {seconds} s")
    return {peer: _summary(of_peer, floor_per_s) for peer, of_peer in rates.items()}


async def _take_turns(
    ports: dict[str, int], targets: list[str], rounds: int, seconds: float
) -> dict[str, list[Rate]]:
    rates: dict[str, list[Rate]] = {peer: [] for peer in ports}
    for _ in range(rounds):
        for peer, port in ports.items():
            rates[peer].append(await measure_rate(port, targets, seconds=seconds))
    return rates


def _summary(rates: list[Rate], floor_per_s: float) -> dict[str, Any]:
    per_s = median(rate.requests_per_s for rate in rates)
    return {
        "requests_per_s": per_s,
        "share_of_floor": round(per_s / floor_per_s, 3),
        "median_ms": median(rate.median_ms for rate in rates),
        "p99_ms": median(rate.p99_ms for rate in rates),
        "failures": sum(rate.failures for rate in rates),
        "turns": [rate._asdict() for rate in rates],
    }
