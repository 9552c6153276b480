"""Benchmarks: named scenarios, seeded data, machine-readable results."""
