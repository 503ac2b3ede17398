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
from amcc_kg.errors import PlacedError
from amcc_kg.positions import Span, keys
from amcc_kg.positions.loading import SYNTAXES
from amcc_kg.validation.findings import SYNTAX, Finding, Severity
from amcc_kg.validation.locating import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from amcc_kg.positions import Source, Terms

Rows = tuple["array[int]", "array[int]", "array[int]"]
"""Subjects, predicates and objects, as numbers."""


@dataclass(frozen=True, slots=True)
class Material:
    """Files of one role.

    Attributes:
        sources: the files whose syntax has places.
        unplaced: the others, each with its triples; of named graphs, too.
        unread: why files could not be read at all, one finding each.
    """

    sources: tuple[Source, ...]
    unplaced: tuple[tuple[str, Rows], ...]
    unread: tuple[Finding, ...] = ()

    def rows(self) -> Iterator[Rows]:
        """Yield the triples of each file."""
        for source in self.sources:
            yield source.s, source.p, source.o
        for _, rows in self.unplaced:
            yield rows

    def problems(self) -> list[Finding]:
        """Return the syntax errors of all files, as findings."""
        found = list(self.unread)
        for number, source in enumerate(self.sources):
            for span, message, hint in source.problems:
                line = source.line(span.line)
                found.append(_syntax_error(source.name, span, message, hint, line, number))
        return found

    def __add__(self, other: Material) -> Material:
        return Material(
            self.sources + other.sources, self.unplaced + other.unplaced, self.unread + other.unread
        )


def read(paths: Iterable[Path], terms: Terms, scope: str, root: Path | None = None) -> Material:
    """Read files.

    Args:
        paths: the files.
        terms: the table of the terms.
        scope: what the labels of their blank nodes begin with; one for each material of a table.
        root: the folder that file names are given relative to; the working directory if none is given.

    Raises:
        InputError: a file is missing, or nobody lets us read it; one that does not parse is among `problems`.
    """
    sources: list[Source] = []
    unplaced: list[tuple[str, Rows]] = []
    unread: list[Finding] = []
    for number, path in enumerate(paths):
        name, label = shown(path, root), f"{scope}{number}"
        syntax = SYNTAXES.get(path.suffix)
        try:
            if syntax is None:
                unplaced.append((name, _rows(path, terms)))
            else:
                text = repo.read_text(path)
                sources.append(positions.parse(text, syntax, terms, name, label, path.resolve().as_uri()))
        except PlacedError as error:
            unread.append(_unread(error, name, path))
    return Material(tuple(sources), tuple(unplaced), tuple(unread))


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


def _unread(error: PlacedError, name: str, path: Path) -> Finding:
    """Return a finding for a file that was given up, with the line at fault if that is text."""
    if not error.line:
        return _syntax_error(name, None, error.reason, "", "", 0)
    line, column = error.line, error.column or 1
    lines = path.read_bytes().decode("utf-8", "replace").splitlines()
    excerpt = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\ufffd" in excerpt:
        excerpt = ""
    return _syntax_error(name, Span(0, 0, line, column, line, column), error.reason, "", excerpt, 0)


def _syntax_error(
    name: str, span: Span | None, message: str, hint: str, excerpt: str, number: int
) -> Finding:
    place = None
    if span is not None:
        ends = (span.line, span.column, span.end_line, span.end_column)
        place = Place(name, *ends, "syntax", number, span.start, span.end)
    return Finding(
        severity=Severity.VIOLATION,
        message=message,
        focus_key=keys.iri(Path(name).absolute().as_uri()),
        route=None,
        value_key=None,
        component_key=SYNTAX,
        source_shape_key=SYNTAX,
        shape_key=None,
        file=name,
        place=place,
        excerpt=excerpt,
        hint=hint,
    )
