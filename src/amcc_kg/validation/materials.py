"""The files of a validation, read once: data, ontology and shapes, as numbers that remember their places.

Knows syntaxes and names of files; knows no shape.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from amcc_kg import positions
from amcc_kg import repository as repo
from amcc_kg.positions import keys
from amcc_kg.positions.loading import SYNTAXES
from amcc_kg.validation.findings import SYNTAX, Finding, Severity
from amcc_kg.validation.locating import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from amcc_kg.positions import Problem, Source, Terms

Rows = tuple["array[int]", "array[int]", "array[int]"]
"""Subjects, predicates and objects, as numbers."""


@dataclass(frozen=True, slots=True)
class Material:
    """Files of one role.

    Attributes:
        sources: the files whose syntax has places.
        unplaced: the others, each with its triples; of named graphs, too.
    """

    sources: tuple[Source, ...]
    unplaced: tuple[tuple[str, Rows], ...]

    def rows(self) -> Iterator[Rows]:
        """Yield the triples of each file."""
        for source in self.sources:
            yield source.s, source.p, source.o
        for _, rows in self.unplaced:
            yield rows

    def problems(self) -> list[Finding]:
        """Return the syntax errors of all files, as findings."""
        return [
            _problem(source, problem, number)
            for number, source in enumerate(self.sources)
            for problem in source.problems
        ]

    def __add__(self, other: Material) -> Material:
        return Material(self.sources + other.sources, self.unplaced + other.unplaced)


def read(paths: Iterable[Path], terms: Terms, scope: str, root: Path | None = None) -> Material:
    """Read files.

    Args:
        paths: the files.
        terms: the table of the terms.
        scope: what the labels of their blank nodes begin with; one for each material of a table.
        root: the folder that file names are given relative to; the working directory if none is given.

    Raises:
        InputError: a file cannot be read.
        PlacedError: a file of JSON-LD or RDF/XML does not parse; syntax errors elsewhere are `problems`.
    """
    sources: list[Source] = []
    unplaced: list[tuple[str, Rows]] = []
    for number, path in enumerate(paths):
        name, label = shown(path, root), f"{scope}{number}"
        syntax = SYNTAXES.get(path.suffix)
        if syntax is None:
            unplaced.append((name, _rows(path, terms)))
        else:
            text = repo.read_text(path)
            sources.append(positions.parse(text, syntax, terms, name, label, path.resolve().as_uri()))
    return Material(tuple(sources), tuple(unplaced))


def shown(path: Path, root: Path | None = None) -> str:
    """Return a file's name as reports have it: relative where it is below the working directory."""
    whole, top = path.absolute(), (Path.cwd() if root is None else root)
    return (whole.relative_to(top) if whole.is_relative_to(top) else path).as_posix()


def _rows(path: Path, terms: Terms) -> Rows:
    from rdflib import Dataset

    dataset = Dataset()
    repo.parse_into(dataset, path)
    columns: Rows = (array("I"), array("I"), array("I"))
    for s, p, o, _ in dataset.quads():
        for column, node in zip(columns, (s, p, o), strict=True):
            column.append(terms.intern(keys.of_rdflib(node)))
    return columns


def _problem(source: Source, problem: Problem, number: int) -> Finding:
    span = problem.span
    ends = (span.line, span.column, span.end_line, span.end_column)
    return Finding(
        severity=Severity.VIOLATION,
        message=problem.message,
        focus_key=keys.iri(source.name),
        route=None,
        value_key=None,
        component_key=SYNTAX,
        source_shape_key=SYNTAX,
        shape_key=None,
        file=source.name,
        place=Place(source.name, *ends, "syntax", number, span.start, span.end),
        excerpt=source.line(span.line),
        hint=problem.hint,
    )
