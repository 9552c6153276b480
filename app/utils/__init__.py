"""The toolkit: usable without the rest of VoltWay, and without FastAPI."""
