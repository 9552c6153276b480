"""The Helm chart, rendered by Helm's own code and held against Kubernetes' own schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
import yaml
from kubernetes_validate import validate

from tests.fixtures.services import missing
from tests.fixtures.tools import DEPLOY

helm: Any = import_module("helm_python") if find_spec("helm_python") else None
"""It is not built for every kind of machine."""

CHART = DEPLOY / "helm" / "voltway"
OLDEST_KUBERNETES, NEWEST_KUBERNETES = "1.27.0", "1.33.0"
PLAIN = {"secretName": "voltway"}
EVERYTHING = {
    **PLAIN,
    "imagePullSecrets": [{"name": "pull"}],
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "host": "map.example.org",
        "tlsSecretName": "certificate",
        "annotations": {"example.org/a": "b"},
    },
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "networkPolicy": {"ingressFrom": [{"namespaceSelector": {}}]},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "podAnnotations": {"example.org/c": "d"},
    "settings": {"LOG_LEVEL": "DEBUG", "CARD_CACHE_MB": 32},
}
ALONE = {
    "replicas": 1,
    "autoscaling": {"enabled": False},
    "podDisruptionBudget": {"enabled": False},
    "networkPolicy": {"enabled": False},
    "drainSeconds": 0,
}


@pytest.fixture(autouse=True)
def _needs_helm() -> None:
    if helm is None:
        missing("there is no helm_python", "make setup-test, on Linux and x86-64")


def render(values: Mapping[str, Any], *, name: str = "demo") -> dict[str, dict[str, Any]]:
    """Kind → manifest."""
    with helm.Chart.load(str(CHART)) as chart:
        rendered = chart.render(dict(values), name=name, namespace="prod")
    documents = [
        document
        for path, text in rendered.items()
        if path.endswith(".yaml")
        for document in yaml.safe_load_all(text)
        if document
    ]
    assert len({document["kind"] for document in documents}) == len(documents)
    return {document["kind"]: document for document in documents}


def pods(manifests: Mapping[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for kind in ("Deployment", "Job"):
        if kind in manifests:
            yield manifests[kind]["spec"]["template"]["spec"]


def container(manifests: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    (only,) = manifests["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert isinstance(only, dict)
    return only


@pytest.mark.parametrize("values", [PLAIN, EVERYTHING, ALONE], ids=["plain", "all", "alone"])
def test_its_linter_finds_nothing(values: dict[str, Any]) -> None:
    report = helm.lint(str(CHART), values, strict=True)
    assert [message for message in report["messages"] if message["severity"] > 1] == []
    assert report["errors"] == []


@pytest.mark.parametrize("version", [OLDEST_KUBERNETES, NEWEST_KUBERNETES])
@pytest.mark.parametrize("values", [PLAIN, EVERYTHING, ALONE], ids=["plain", "all", "alone"])
def test_kubernetes_knows_every_word(values: dict[str, Any], version: str) -> None:
    for kind, manifest in render(values).items():
        if kind != "ServiceMonitor":  # the Prometheus operator's, no word of Kubernetes
            validate(manifest, version, strict=True)


def test_everything_that_was_promised_is_there() -> None:
    always = {"ConfigMap", "Deployment", "Service"}
    assert set(render(ALONE)) == always
    plain = always | {"HorizontalPodAutoscaler", "Job", "NetworkPolicy", "PodDisruptionBudget"}
    assert set(render(PLAIN)) == plain
    assert set(render(EVERYTHING)) == plain | {"Ingress", "ServiceMonitor"}


@pytest.mark.parametrize("values", [PLAIN, EVERYTHING], ids=["plain", "all"])
def test_pods_may_do_nothing_that_they_need_not(values: dict[str, Any]) -> None:
    for pod in pods(render(values)):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for each in pod["containers"]:
            assert each["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert each["resources"]["limits"]["memory"]
            assert not each["image"].endswith(":latest")


def test_probes_ask_what_they_should() -> None:
    asked = container(render(PLAIN))
    assert asked["livenessProbe"]["httpGet"]["path"] == "/health"
    assert asked["readinessProbe"]["httpGet"]["path"] == "/api/v1/health"


def test_a_pod_has_time_to_leave_the_balancer_and_to_end_its_requests() -> None:
    values = {**PLAIN, "drainSeconds": 7, "graceSeconds": 20}
    manifests = render(values)
    spec = manifests["Deployment"]["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] > 7 + 20
    assert container(manifests)["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", "7"]
    assert container(manifests)["args"][-2:] == ["--grace", "20"]


def test_the_schema_is_brought_up_to_date_once_before_the_pods() -> None:
    manifests = render(PLAIN)
    hook = manifests["Job"]["metadata"]["annotations"]["helm.sh/hook"]
    assert hook == "pre-install,pre-upgrade"
    assert manifests["ConfigMap"]["data"]["AUTO_MIGRATE"] == "false"
    without = render({**PLAIN, "migrations": {"job": False}})
    assert "Job" not in without
    assert "AUTO_MIGRATE" not in without["ConfigMap"]["data"]


def test_replicas_share_a_secret_that_somebody_gave() -> None:
    assert render(PLAIN)["ConfigMap"]["data"]["ENVIRONMENT"] == "production"
    assert "ENVIRONMENT" not in render(ALONE)["ConfigMap"]["data"]
    own = render({**PLAIN, "settings": {"ENVIRONMENT": "development"}})
    assert own["ConfigMap"]["data"]["ENVIRONMENT"] == "development"


def test_connections_are_shared_among_all_workers_that_there_may_be() -> None:
    values = {**PLAIN, "workers": 2, "autoscaling": {"enabled": True, "maxReplicas": 5}}
    assert render(values)["ConfigMap"]["data"]["DATABASE_PROCESSES"] == "12"
    told = render({**PLAIN, "settings": {"DATABASE_PROCESSES": 3}})
    assert told["ConfigMap"]["data"]["DATABASE_PROCESSES"] == "3"


def test_other_settings_mean_other_pods() -> None:
    sums = {
        render({**PLAIN, "settings": {"LOG_LEVEL": level}})["Deployment"]["spec"]["template"][
            "metadata"
        ]["annotations"]["checksum/settings"]
        for level in ("INFO", "DEBUG")
    }
    assert len(sums) == 2


def test_what_selects_finds_the_pods() -> None:
    manifests = render(EVERYTHING)
    labels = manifests["Deployment"]["spec"]["template"]["metadata"]["labels"].items()
    for kind in ("Deployment", "PodDisruptionBudget", "NetworkPolicy", "Service", "ServiceMonitor"):
        spec = manifests[kind]["spec"]
        selector = spec.get("podSelector") or spec["selector"]
        assert selector.get("matchLabels", selector).items() <= labels, kind


def test_replicas_without_a_database_of_their_own_are_refused() -> None:
    with pytest.raises(helm.HelmError, match="set secretName"):
        render({})


@pytest.mark.parametrize(
    "values",
    [
        {"replica": 3},
        {"image": {"tag": "latest"}},
        {"workers": 0},
        {"settings": {"LOG_LEVEL": ["INFO"]}},
        {"networkPolicy": {"egressPorts": ["postgresql"]}},
    ],
)
def test_a_value_that_is_wrong_is_refused(values: dict[str, Any]) -> None:
    with helm.Chart.load(str(CHART)) as chart, pytest.raises(helm.HelmError):
        chart.validate_schema({**PLAIN, **values})
