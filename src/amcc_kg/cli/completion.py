"""What the shell offers while a command is being typed: names of queries, parameters and their values.

Answers from what is compiled; where nothing can be read it offers nothing.
"""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from amcc_kg.graph import cache
from amcc_kg.knowledge_graph import open as open_graph
from amcc_kg.repository import files
from amcc_kg.terms.errors import AmccError

if TYPE_CHECKING:
    from pathlib import Path


def query_names(folder: Path | None, incomplete: str) -> list[tuple[str, str]]:
    """Return the saved queries whose names start so, each with its question."""
    return [
        (str(record["name"]), str(record.get("question", "")))
        for record in _records(folder)
        if str(record["name"]).startswith(incomplete)
    ]


def parameters(folder: Path | None, incomplete: str) -> list[tuple[str, str]]:
    """Return `name=` for the parameters of the query on the line; after `name=`, the allowed values.

    The line is read from the shell's own variables: typer hands over no query while `-p` has no value yet.
    """
    words = (os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS") or "").split()
    before = words[:-1] if incomplete and words and words[-1] == incomplete else words
    named = [word for asked, word in pairwise(before) if asked == "query"]
    name, separator, value = incomplete.partition("=")
    record = next((r for r in _records(folder) if r["name"] in named), {})
    known = record.get("parameters", [])
    if not separator:
        return [(f"{p['name']}=", p["description"]) for p in known if p["name"].startswith(name)]
    try:
        graph = open_graph(folder)
        values = graph.allowed_values(graph.find(record.get("name", "")), name)
    except AmccError:
        return []
    return [(f"{name}={v}", "") for v in values if v.startswith(value)]


def _records(folder: Path | None) -> list[dict[str, Any]]:
    try:
        found = cache.load(files.find(folder))
    except AmccError:
        return []
    return sorted(found.queries, key=lambda r: str(r["name"])) if found else []
