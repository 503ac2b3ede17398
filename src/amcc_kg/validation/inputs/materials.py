"""The files of a validation, read once: data, ontology and shapes, as numbers that remember their places.

Knows syntaxes and names of files; knows no shape.
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from amcc_kg.repository import files as repo
from amcc_kg.syntax import reading, text_files
from amcc_kg.syntax.reading import SYNTAXES, Span
from amcc_kg.terms import keys
from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.validation.findings.findings import SYNTAX, Finding, Severity
from amcc_kg.validation.findings.locator import Place
from amcc_kg.validation.inputs import progress

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from amcc_kg.syntax.reading import Source, Terms

Rows = tuple["array[int]", "array[int]", "array[int]"]
"""Subjects, predicates and objects, as numbers."""


STDIN = Path("-")
"""What stands for standard input among the paths."""

_SHOWN_STDIN = Path("<stdin>")


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

    def rows(self, names: Collection[str] | None = None) -> Iterator[Rows]:
        """Yield the triples of each file, or of those with these names."""
        for source in self.sources:
            if names is None or source.name in names:
                yield source.s, source.p, source.o
        for name, rows in self.unplaced:
            if names is None or name in names:
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


def read(
    paths: Iterable[Path], terms: Terms, scope: str, root: Path | None = None, syntax: str | None = None
) -> Material:
    """Read files.

    Args:
        paths: the files.
        terms: the table of the terms.
        scope: what the labels of their blank nodes begin with; one for each material of a table.
        root: the folder that file names are given relative to; the working directory if none is given.
        syntax: one of the values of `repository.SYNTAXES`, for standard input and for endings that tell none.

    Raises:
        InputError: a file is missing, or nobody lets us read it; one that does not parse is among `problems`.
    """
    sources: list[Source] = []
    unplaced: list[tuple[str, Rows]] = []
    unread: list[Finding] = []
    listed = list(paths)
    for number, named in enumerate(listed):
        progress.step("reading file", number + 1, len(listed))
        path = _SHOWN_STDIN if named == STDIN else named
        name, label = shown(path, root), f"{scope}{number}"
        kind = repo.SYNTAXES.get(path.suffix.lower(), syntax) if named != STDIN else syntax
        try:
            if kind is None:
                raise InputError(_without_syntax(named))
            text = text_files.decoded(_of_stdin(), path) if named == STDIN else text_files.read_text(path)
            if kind in SYNTAXES.values():
                sources.append(reading.parse(text, kind, terms, name, label, path.resolve().as_uri()))
            else:
                unplaced.append((name, _rows(text, kind, path, terms)))
        except PlacedError as error:
            unread.append(_unread(error, name, named))
    return Material(tuple(sources), tuple(unplaced), tuple(unread))


def shown(path: Path, root: Path | None = None) -> str:
    """Return a file's name as reports have it: relative where it is below the working directory."""
    if path in (STDIN, _SHOWN_STDIN):
        return _SHOWN_STDIN.name
    whole, top = path.absolute(), (Path.cwd() if root is None else root)
    return (whole.relative_to(top) if whole.is_relative_to(top) else path).as_posix()


@cache
def _of_stdin() -> bytes:
    """Return what standard input holds, however often one asks."""
    return sys.stdin.buffer.read()


def _without_syntax(path: Path) -> str:
    if path == STDIN:
        return "-: standard input needs --syntax, such as --syntax turtle"
    known = ", ".join(repo.SYNTAXES)
    return f"{path}: unknown suffix {path.suffix!r}; expected one of {known}, or --syntax"


def _rows(text: str, syntax: str, path: Path, terms: Terms) -> Rows:
    from rdflib import Dataset

    from amcc_kg.syntax.rdflib_bridge import parse

    dataset = Dataset()
    parse(dataset, text, syntax, path)
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
    try:
        raw = _of_stdin() if path == STDIN else path.read_bytes()
    except OSError:  # it is gone by now
        raw = b""
    lines = raw.decode("utf-8", "replace").splitlines()
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
