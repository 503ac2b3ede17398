"""Files of Turtle as graphs, each set of files read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from rdflib import Graph

from amcc_kg.terms import lexical_forms


@cache
def read(*paths: Path) -> Graph:
    """Return what the files say; whoever wants to add to it copies it first."""
    graph = Graph()
    with lexical_forms.kept():
        for path in paths:
            graph.parse(path, format="turtle")
    return graph
