"""Words of accounts: roles and scopes."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What an account may do; each may do all that those before it may."""

    DRIVER = "driver"
    """Keeps favourites."""
    PUBLISHER = "publisher"
    """Publishes statuses of EVSEs, and makes API keys for that."""
    ADMIN = "admin"
    """Manages accounts and all keys."""

    def includes(self, other: Role) -> bool:
        """Whether this role may do what another may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


class Scope(StrEnum):
    """What an API key is for."""

    FAVORITES = "favorites"
    """Read and change the favourites of the key's owner."""
    STATUS = "status:write"
    """Publish statuses of EVSEs."""


ROLE_OF_SCOPE = {Scope.FAVORITES: Role.DRIVER, Scope.STATUS: Role.PUBLISHER}
"""The role that an owner needs to make a key of a scope."""
