"""Stations, their EVSEs and connectors."""
