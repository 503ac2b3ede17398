"""Files of Turtle as graphs, each set of files read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from rdflib import Graph

from amcc_kg.repository.files import Repository
from amcc_kg.terms import keys


@cache
def read(*paths: Path) -> Graph:
    """Return what the files say; whoever wants to add to it copies it first."""
    graph = Graph()
    with keys.as_written():
        for path in paths:
            graph.parse(path, format="turtle")
    return graph


def data_files(repository: Repository) -> list[Path]:
    """Return register and documents, without what is said of IRIs that are gone."""
    return [path for path in repository.written_files if path != repository.retired_file]
