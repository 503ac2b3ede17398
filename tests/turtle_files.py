"""Files of Turtle as graphs, each set of files read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from rdflib import Graph


@cache
def read(*paths: Path) -> Graph:
    """Return what the files say; whoever wants to add to it copies it first."""
    graph = Graph()
    for path in paths:
        graph.parse(path, format="turtle")
    return graph
