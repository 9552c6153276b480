"""The reference page of the HTTP API, from its OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

INTRODUCTION = """# HTTP

What a running server shows at `/docs`, as a page. Errors are [problems](problems.md); every answer
carries `X-Request-ID` and `X-Process-Time`. Times are RFC 3339 UTC, distances metres, radii km,
power kW, coordinates WGS 84 degrees.
"""


def render(document: Mapping[str, Any]) -> str:
    """Routes with their parameters and answers, then the shapes of answers."""
    lines = [INTRODUCTION]
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            lines += [f"## {method.upper()} {path}", "", *_sentences(route), ""]
            lines += _parameters(route.get("parameters", []))
            lines += _answers(route["responses"])
    lines += ["## Shapes", ""]
    for name, shape in sorted(document.get("components", {}).get("schemas", {}).items()):
        lines += _shape(name, shape)
    return "\n".join(lines).rstrip() + "\n"


def _sentences(route: Mapping[str, Any]) -> Iterator[str]:
    text = route.get("description") or route.get("summary", "")
    yield text.strip()


def _parameters(parameters: list[Mapping[str, Any]]) -> Iterator[str]:
    if not parameters:
        return
    yield from ("| parameter | in | form | meaning |", "|---|---|---|---|")
    for parameter in parameters:
        needed = " **Needed.**" if parameter.get("required") else ""
        meaning = _cell(parameter.get("description", "")) + needed
        form = _form(parameter.get("schema", {}))
        yield f"| `{parameter['name']}` | {parameter['in']} | {form} | {meaning} |"
    yield ""


def _answers(answers: Mapping[str, Any]) -> Iterator[str]:
    for status, answer in answers.items():
        media_types = ", ".join(f"`{media_type}`" for media_type in answer.get("content", {}))
        described = _cell(answer.get("description", ""))
        yield f"- **{status}** {described}{f' ({media_types})' if media_types else ''}"
    yield ""


def _shape(name: str, shape: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"### {name}", "", " ".join(shape.get("description", "").split()), "")
    members = shape.get("properties", {})
    if not members:
        return
    yield from ("| member | form | meaning |", "|---|---|---|")
    for member, schema in members.items():
        yield f"| `{member}` | {_form(schema)} | {_cell(schema.get('description', ''))} |"
    yield ""


def _form(schema: Mapping[str, Any]) -> str:
    """A schema in a few words: ``number 0…500``, ``list of Connector``."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return " or ".join(dict.fromkeys(_form(option) for option in schema[choice]))
    if "enum" in schema:
        return " · ".join(f"`{word}`" for word in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {_form(schema.get('items', {}))}"
    return f"{schema.get('format') or schema.get('type', 'any')}{_bounds(schema)}"


def _bounds(schema: Mapping[str, Any]) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None and high is None:
        return ""
    if high is None:
        return f" ≥ {low:g}"
    return f" ≤ {high:g}" if low is None else f" {low:g}…{high:g}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
