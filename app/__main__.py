"""``python -m app`` is the command ``voltway``."""

from __future__ import annotations

from app.cli import main

main()
