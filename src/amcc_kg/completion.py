"""What the shell offers while a command is being typed: names of queries, parameters and their values.

Answers from what is compiled; where nothing can be read it offers nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg import compiled, repository
from amcc_kg.errors import AmccError

if TYPE_CHECKING:
    from pathlib import Path


def query_names(folder: Path | None, incomplete: str) -> list[tuple[str, str]]:
    """Return the saved queries whose names start so, each with its question."""
    return [
        (str(record["name"]), str(record.get("question", "")))
        for record in _records(folder)
        if str(record["name"]).startswith(incomplete)
    ]


def parameters(folder: Path | None, query: str | None, incomplete: str) -> list[tuple[str, str]]:
    """Return `name=` for the parameters of a query; after `name=`, the allowed values."""
    name, separator, value = incomplete.partition("=")
    for record in _records(folder):
        if record["name"] != query:
            continue
        known = record.get("parameters", [])
        assert isinstance(known, list)
        if not separator:
            return [(f"{p['name']}=", p["description"]) for p in known if p["name"].startswith(name)]
        try:
            from amcc_kg.graph import open as open_graph

            graph = open_graph(folder)
            values = graph.allowed_values(graph.find(str(query)), name)
        except AmccError:
            return []
        return [(f"{name}={v}", "") for v in values if v.startswith(value)]
    return []


def _records(folder: Path | None) -> list[dict[str, object]]:
    try:
        found = compiled.load(repository.find(folder))
    except AmccError:
        return []
    return found.queries if found else []
