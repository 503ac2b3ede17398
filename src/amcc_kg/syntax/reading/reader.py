"""A file or a text into a `Source`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from amcc_kg.syntax.reading import quads
from amcc_kg.syntax.reading.source import Source, Terms
from amcc_kg.syntax.reading.tokens import Tokens
from amcc_kg.syntax.reading.turtle import Reader
from amcc_kg.syntax.text_files import SYNTAXES, read_text
from amcc_kg.terms.errors import InputError


def load(
    path: Path,
    terms: Terms | None = None,
    scope: str = "f0",
    base: str | None = None,
) -> Source:
    """Read a file by its suffix; other arguments as in `parse`, but the base is its own IRI if none is given.

    Raises `InputError` if it cannot be read or has another suffix, `PlacedError` if it is not UTF-8 text.
    """
    syntax = SYNTAXES.get(path.suffix.lower())
    if syntax is None:
        suffix = path.suffix or "no suffix"
        raise InputError(f"{path}: {suffix} is not read; expected one of {', '.join(SYNTAXES)}")
    own = path.resolve().as_uri()
    return parse(read_text(path), syntax, terms, str(path), scope, own if base is None else base)


def parse(
    text: str,
    syntax: str = "turtle",
    terms: Terms | None = None,
    name: str = "",
    scope: str = "f0",
    base: str = "",
    contexts: Mapping[str, Path] | None = None,
) -> Source:
    """Read a text; syntax errors are in the source's `problems`, and its rows are what could be read.

    Args:
        text: the text; offsets are counted in it behind a byte order mark.
        syntax: one of the values of `SYNTAXES`.
        terms: the table that numbers its terms; a new one if none is given.
        name: what places call the text.
        scope: what the labels of its blank nodes begin with; one for each text of a table.
        base: the IRI that relative ones stand against before any `@base`; without one they stay relative.
        contexts: the files that hold the contexts of JSON-LD, by their URLs; nothing is fetched.

    Raises `InputError` for another syntax.
    """
    if syntax not in SYNTAXES.values():
        raise InputError(f"unknown syntax {syntax!r}; one of {', '.join(SYNTAXES.values())}")
    by_line = syntax in ("nt", "nquads")
    table = Terms() if terms is None else terms
    source = Source(name, text.removeprefix("\ufeff"), syntax, table, "" if by_line else base)
    tokens = Tokens(source, scope)
    if by_line:
        quads.read(source, tokens)
    elif syntax == "xml":
        from amcc_kg.syntax.reading import rdfxml  # what few readings need

        rdfxml.Reader(source, tokens).read()
    elif syntax == "json-ld":
        from amcc_kg.syntax.reading import jsonld

        jsonld.read(source, tokens, jsonld.Options(contexts or {}))
    else:
        Reader(source, tokens).read()
    return source
