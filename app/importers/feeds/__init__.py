"""One module per registry: translation only."""
