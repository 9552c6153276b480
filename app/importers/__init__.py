"""Reading the registries into the catalogue."""
