"""Addresses of Redis: of one server, or of a cluster by some of its nodes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_OF_ONE = ("redis://", "rediss://", "unix://")
_OF_CLUSTERS = ("redis+cluster://", "rediss+cluster://")
_NODE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:,/\s]+)(?::(\d{1,5}))?")
_DEFAULT_PORT = "6379"
_LAST_PORT = 65535


@dataclass(frozen=True)
class ClusterUrl:
    """A cluster: how to speak to its nodes, and some of them.

    Attributes:
        scheme: ``redis`` or ``rediss``.
        credentials: ``user:password@`` as it stood there, or nothing.
        seeds: ``host:port`` of nodes to begin with; they name the others.
        query: Options for each node, as in the URL of one server.
    """

    scheme: str
    credentials: str
    seeds: tuple[str, ...]
    query: str

    def of_node(self, address: str) -> str:
        """The URL of one node, given its ``host:port``."""
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.credentials}{address}/0{query}"


def cluster_of(url: str) -> ClusterUrl | None:
    """The cluster that a URL names; ``None`` where it names one server.

    Raises:
        ValueError: It names neither; the message leaves the URL out, for its password.
    """
    if url.startswith(_OF_ONE):
        return None
    if not url.startswith(_OF_CLUSTERS):
        raise ValueError(
            "it begins with redis://, rediss:// or unix://, for a cluster with redis+cluster://"
        )
    parts = urlsplit(url)
    if parts.path not in {"", "/", "/0"}:
        raise ValueError("a cluster has no database but 0")
    credentials, at, nodes = parts.netloc.rpartition("@")
    return ClusterUrl(
        scheme=parts.scheme.removesuffix("+cluster"),
        credentials=credentials + at,
        seeds=tuple(_address(node) for node in nodes.split(",")),
        query=parts.query,
    )


def _address(node: str) -> str:
    match = _NODE.fullmatch(node)
    if match is None or not 0 < int(match[2] or _DEFAULT_PORT) <= _LAST_PORT:
        raise ValueError("the nodes of a cluster are written host:port,host:port")
    return f"{match[1]}:{match[2] or _DEFAULT_PORT}"
