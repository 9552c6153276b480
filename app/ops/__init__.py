"""Health, metrics: what an operator asks."""
