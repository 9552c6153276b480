from __future__ import annotations

import pytest

from app.utils.redis_urls import ClusterUrl, cluster_of


@pytest.mark.parametrize("url", ["redis://here", "rediss://me:pw@here:1/2", "unix:///run/redis"])
def test_a_url_of_one_server_names_no_cluster(url: str) -> None:
    assert cluster_of(url) is None


def test_a_cluster_is_named_by_some_of_its_nodes() -> None:
    cluster = cluster_of("redis+cluster://a:7000,b,[::1]:7002")
    assert cluster == ClusterUrl("redis", "", ("a:7000", "b:6379", "[::1]:7002"), "")
    assert cluster.of_node("b:6379") == "redis://b:6379/0"


def test_credentials_and_options_hold_for_every_node() -> None:
    cluster = cluster_of("rediss+cluster://me:p%40ss@a,b:1/0?ssl_cert_reqs=none")
    assert cluster is not None
    assert cluster.seeds == ("a:6379", "b:1")
    assert cluster.of_node("c:2") == "rediss://me:p%40ss@c:2/0?ssl_cert_reqs=none"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://me:hunter2@cache", "begins with"),
        ("redis+cluster://me:hunter2@a/3", "no database but 0"),
        ("redis+cluster://", "host:port"),
        ("redis+cluster://me:hunter2@a:b", "host:port"),
        ("redis+cluster://a:7000,,b", "host:port"),
        ("redis+cluster://a:0", "host:port"),
        ("redis+cluster://a:65536", "host:port"),
        ("redis+cluster://::1:7000", "host:port"),
    ],
)
def test_what_names_nothing_is_refused_without_telling_the_password(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        cluster_of(url)
    assert "hunter2" not in str(caught.value)
