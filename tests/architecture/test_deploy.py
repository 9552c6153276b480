"""What is under ``deploy/`` is understood by the tools that will read it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from app.settings import Settings
from tests.fixtures.tools import DEPLOY, run_tool

ROOT = DEPLOY.parent
DOCKERFILE = DEPLOY / "docker" / "Dockerfile"
COMPOSE = DEPLOY / "compose" / "compose.yaml"
UNIT = DEPLOY / "systemd" / "voltway.service"
MOST_EXPOSED = 15
"""Of 100, as ``systemd-analyze security`` counts; a unit without hardening has 96."""


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return loaded


def test_its_yaml_is_tidy() -> None:
    run_tool("yamllint", "--strict", "-c", DEPLOY / ".yamllint.yml", DEPLOY)


def test_the_image_is_made_as_its_linter_likes() -> None:
    run_tool("hadolint", DOCKERFILE)


def test_the_image_is_made_of_what_is_there() -> None:
    text = DOCKERFILE.read_text("utf-8")
    sources = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    ignoring = Path(f"{DOCKERFILE}.dockerignore").read_text("utf-8")
    let_in = set(re.findall(r"^!(\S+)", ignoring, re.MULTILINE))
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert {Path(source).parts[0] for source in sources} == let_in


def test_the_image_runs_as_nobody_in_particular_and_says_whether_it_is_well() -> None:
    last = DOCKERFILE.read_text("utf-8").rpartition("\nFROM ")[2]
    assert re.search(r"^USER \d+:\d+$", last, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", last, re.MULTILINE)


def test_every_image_names_its_version() -> None:
    arguments = re.findall(r"^ARG \w+=(\S+)$", DOCKERFILE.read_text("utf-8"), re.MULTILINE)
    images = [*arguments, *(service["image"] for service in compose()["services"].values())]
    assert len(images) >= 8
    assert [image for image in images if not re.search(r":v?\d", image)] == []


def test_compose_follows_its_schema() -> None:
    run_tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)


def test_every_service_says_whether_it_is_well() -> None:
    built = {name for name, service in compose()["services"].items() if "build" in service}
    checked = {name for name, service in compose()["services"].items() if "healthcheck" in service}
    assert built == {"app-1", "app-2"}, "theirs is the image's"
    assert built | checked == set(compose()["services"])


def test_compose_mounts_what_is_there_and_keeps_no_secret() -> None:
    services = compose()["services"].values()
    mounted = [
        volume.partition(":")[0]
        for service in services
        for volume in service.get("volumes", ())
        if volume.startswith(".")
    ]
    assert len(mounted) >= 5
    assert [path for path in mounted if not (COMPOSE.parent / path).exists()] == []
    secrets = re.findall(r"PASSWORD: (.+)", COMPOSE.read_text("utf-8"))
    assert all(secret.startswith("${") for secret in secrets)
    asked = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text("utf-8")))
    example = (COMPOSE.parent / ".env.example").read_text("utf-8")
    told = set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    assert asked == told


def test_the_proxy_knows_the_servers_of_compose_and_they_believe_it() -> None:
    services = compose()["services"]
    proxy = (DEPLOY / "nginx" / "voltway.conf").read_text("utf-8")
    assert set(re.findall(r"^\s+server (app-\d):8000", proxy, re.MULTILINE)) == {
        name for name in services if name.startswith("app-")
    }
    address = services["nginx"]["networks"]["default"]["ipv4_address"]
    for name in ("app-1", "app-2"):
        assert services[name]["environment"]["TRUSTED_PROXIES"] == f"{address}/32"


def test_only_settings_that_there_are_are_set() -> None:
    known = {name.upper() for name in Settings.model_fields}
    values = yaml.safe_load((DEPLOY / "helm" / "voltway" / "values.yaml").read_text("utf-8"))
    named = {
        *compose()["services"]["app-1"]["environment"],
        *re.findall(r"^Environment=(\w+)", UNIT.read_text("utf-8"), re.MULTILINE),
        *values["settings"],
        *set(re.findall(r"\b(DATA_DIR|HOST|PORT)=", DOCKERFILE.read_text("utf-8"))),
    }
    assert named <= known


def test_systemd_reads_the_unit_and_finds_it_well_guarded(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    text = UNIT.read_text("utf-8").replace("/opt/voltway/bin/voltway", "/bin/true")
    unit.write_text(text)
    assert unit.name not in run_tool("systemd-analyze", "verify", unit)
    told = run_tool(
        "systemd-analyze", "security", "--offline=yes", f"--threshold={MOST_EXPOSED}", unit
    )
    assert "Overall exposure level" in told
