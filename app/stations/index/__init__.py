"""The station index: columns in memory that answer every search, fresh within a moment."""

from app.stations.index.build import open_index
from app.stations.index.overlay import StationIndex

__all__ = ["StationIndex", "open_index"]
