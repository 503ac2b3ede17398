"""What the shell offers while a query is being typed: names of queries, parameters and their values.

Answers from what is compiled; where nothing can be read it offers nothing.
"""

from __future__ import annotations

from typing import Any

import typer

from amcc_kg.graph import cache
from amcc_kg.knowledge_graph import open as open_graph
from amcc_kg.repository import files
from amcc_kg.terms.errors import AmccError


def query_names(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return the saved queries whose names start so, each with its question."""
    return [
        (str(record["name"]), str(record.get("question", "")))
        for record in _records(context)
        if str(record["name"]).startswith(incomplete)
    ]


def parameters(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return `name=` for the parameters of the query on the line; after `name=`, the allowed values."""
    name, separator, value = incomplete.partition("=")
    # While `-p` has no value yet, what stands before it is not sorted into arguments.
    named = (context.params.get("query"), *context.args)
    record = next((r for r in _records(context) if r["name"] in named), {})
    known = record.get("parameters", [])
    if not separator:
        return [(f"{p['name']}=", p["description"]) for p in known if p["name"].startswith(name)]
    try:
        graph = open_graph(context.params.get("repo"))
        values = graph.allowed_values(graph.find(record.get("name", "")), name)
    except AmccError:
        return []
    return [(f"{name}={v}", "") for v in values if v.startswith(value)]


def _records(context: typer.Context) -> list[dict[str, Any]]:
    try:
        found = cache.load(files.find(context.params.get("repo")))
    except AmccError:
        return []
    return sorted(found.queries, key=lambda r: str(r["name"])) if found else []
