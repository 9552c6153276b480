"""What a service needs, worked out from a few measured costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

HEADROOM = 0.7
"""Share of a core that is planned for; beyond it queues grow faster than the load."""

_PER_MB = 1e6


class Load(NamedTuple):
    """What a service is asked to bear."""

    requests_per_s: float
    stations: int
    sockets: int
    """Open connections, idle ones included."""


class Need(NamedTuple):
    """What that takes."""

    cores: float
    """Kept busy; plan ``ceil(cores / HEADROOM)``."""
    workers: int
    memory_mb: float
    """Of all workers."""


class Point(NamedTuple):
    """One measured service."""

    stations: int
    cpu_us_per_request: float
    memory_mb_per_worker: float


@dataclass(frozen=True, slots=True)
class Model:
    """Costs that grow with the number of stations, and those that do not.

    Attributes:
        cpu_us_base: Of one request at one station, in µs.
        cpu_us_per_tenfold: Added by each tenfold of stations.
        memory_mb_base: Of the first worker without stations.
        memory_mb_of_another: Of each further worker, however many stations there are: it
            opens the same saved index, whose pages are shared.
        bytes_per_station: Of a host: index, and what was read along.
        bytes_per_socket: For a connection that waits.
    """

    cpu_us_base: float
    cpu_us_per_tenfold: float
    memory_mb_base: float
    memory_mb_of_another: float
    bytes_per_station: float
    bytes_per_socket: float

    @classmethod
    def fitted(
        cls,
        points: Sequence[Point],
        *,
        bytes_per_socket: float,
        memory_mb_of_another: float | None = None,
    ) -> Model:
        """The model by least squares through services of one worker, of two sizes or more.

        Args:
            points: The services.
            bytes_per_socket: As measured.
            memory_mb_of_another: As measured; default: as much as the first worker.
        """
        stations = np.array([point.stations for point in points], float)
        per_tenfold, base = np.polyfit(
            np.log10(stations), [point.cpu_us_per_request for point in points], 1
        )
        per_station, empty = np.polyfit(
            stations, [point.memory_mb_per_worker for point in points], 1
        )
        return cls(
            cpu_us_base=float(base),
            cpu_us_per_tenfold=float(per_tenfold),
            memory_mb_base=float(empty),
            memory_mb_of_another=float(
                empty if memory_mb_of_another is None else memory_mb_of_another
            ),
            bytes_per_station=float(per_station * _PER_MB),
            bytes_per_socket=bytes_per_socket,
        )

    def cpu_us_per_request(self, stations: int) -> float:
        """Processor time of one request, in µs."""
        return self.cpu_us_base + self.cpu_us_per_tenfold * math.log10(max(stations, 1))

    def need(self, load: Load, *, workers: int | None = None) -> Need:
        """What a load takes.

        Args:
            load: What is asked.
            workers: How many there are; default: as many as the load needs, one a core.
        """
        cores = load.requests_per_s * self.cpu_us_per_request(load.stations) / 1e6
        workers = workers or max(1, math.ceil(cores / HEADROOM))
        of_workers_mb = self.memory_mb_base + (workers - 1) * self.memory_mb_of_another
        of_stations_mb = load.stations * self.bytes_per_station / _PER_MB
        of_sockets_mb = load.sockets * self.bytes_per_socket / _PER_MB
        return Need(cores, workers, of_workers_mb + of_stations_mb + of_sockets_mb)
