"""The files of a validation, read once: data, ontology and shapes, as numbers that remember their places.

Knows syntaxes and names of files; knows no shape.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from amcc_kg.repository import files as repo
from amcc_kg.syntax import reading, text_files
from amcc_kg.syntax.reading import SYNTAXES, Source, Terms
from amcc_kg.terms import keys
from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.terms.lines import LineIndex, Span
from amcc_kg.validation.engine import progress
from amcc_kg.validation.engine.data import Rows, rows_of
from amcc_kg.validation.findings.report import SYNTAX, Finding, Place, Severity
from amcc_kg.validation.inputs.files import STDIN

Texts = dict[Path, str]
"""What files hold, by their resolved paths, so that one that plays two roles is read once."""

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

    @property
    def names(self) -> list[str]:
        """The names of the files whose syntax has places; without any, those of the others."""
        return [source.name for source in self.sources] or [name for name, _ in self.unplaced]

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
                line = source.lines.line(span.line)
                found.append(_syntax_error(source.name, span, message, hint, line, number))
        return found

    def __add__(self, other: Material) -> Material:
        return Material(
            self.sources + other.sources, self.unplaced + other.unplaced, self.unread + other.unread
        )


def read(
    paths: Sequence[Path],
    terms: Terms,
    label: str,
    texts: Texts,
    root: Path | None = None,
    syntax: str | None = None,
) -> Material:
    """Read files.

    Args:
        paths: the files.
        terms: the table of the terms.
        label: what the labels of their blank nodes begin with; one for each material of a table.
        texts: what was read before; what is read now is added.
        root: the folder that file names are given relative to; the working directory if none is given.
        syntax: one of the values of `repository.SYNTAXES`, for standard input and for endings that tell none.

    Raises:
        InputError: a file is missing, or nobody lets us read it; one that does not parse is among `problems`.
    """
    sources: list[Source] = []
    unplaced: list[tuple[str, Rows]] = []
    unread: list[Finding] = []
    for number, named in enumerate(paths):
        progress.step("reading file", number + 1, len(paths))
        path = _SHOWN_STDIN if named == STDIN else named
        name = shown(path, root)
        kind = repo.SYNTAXES.get(path.suffix.lower(), syntax) if named != STDIN else syntax
        if kind is None:
            raise InputError(_without_syntax(named))
        place = path.resolve()
        content: str | bytes = texts[place] if place in texts else _content(named)
        try:
            if isinstance(content, bytes):
                content = texts[place] = text_files.decoded(content, path)
            if kind in SYNTAXES.values():
                sources.append(reading.parse(content, kind, terms, name, f"{label}{number}", place.as_uri()))
            else:
                unplaced.append((name, _rows(content, kind, path, terms)))
        except PlacedError as error:
            unread.append(_unread(error, name, content))
    return Material(tuple(sources), tuple(unplaced), tuple(unread))


def shown(path: Path, root: Path | None = None) -> str:
    """Return a file's name as reports have it: relative where it is below the working directory."""
    if path in (STDIN, _SHOWN_STDIN):
        return _SHOWN_STDIN.name
    whole, top = path.absolute(), (Path.cwd() if root is None else root)
    return (whole.relative_to(top) if whole.is_relative_to(top) else path).as_posix()


def _content(path: Path) -> bytes:
    return sys.stdin.buffer.read() if path == STDIN else text_files.read_bytes(path)


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
    return rows_of(((s, p, o) for s, p, o, _ in dataset.quads()), terms)


def _unread(error: PlacedError, name: str, content: str | bytes) -> Finding:
    """Return a finding for a file that was given up, with the line at fault if that is text."""
    if not error.line:
        return _syntax_error(name, None, error.reason, "", "", 0)
    line, column = error.line, error.column or 1
    lines = LineIndex(content if isinstance(content, str) else content.decode("utf-8", "replace"))
    excerpt = lines.line(line) if line <= len(lines.starts) else ""
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
