"""Which syntax of RDF a file holds: by its name, and where that leaves it open, by how the file begins.

Knows which names are those of RDF that is not read. Reads no statement.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from amcc_kg.syntax import text_files
from amcc_kg.terms.prefixes import OWL, RDF

SYNTAXES = {
    **text_files.SYNTAXES,
    ".turtle": "turtle",
    ".n3": "turtle",  # what of N3 is not Turtle is an error at its place
    ".jsonld": "json-ld",
    ".rdf": "xml",
}
"""The syntax of each suffix that tells it, in any case; `.gz` may follow."""

_UNREAD = {
    ".brf": "binary RDF",
    ".hdt": "HDT",
    ".jelly": "Jelly",
    ".ndjsonld": "JSON-LD in lines",
    ".obo": "OBO",
    ".ofn": "OWL's functional syntax",
    ".omn": "OWL's Manchester syntax",
    ".owx": "OWL/XML",
    ".rj": "RDF/JSON",
    ".trix": "TriX",
    ".yamlld": "YAML-LD",
}
_PACKED = (".7z", ".bz2", ".xz", ".zip", ".zst")
_ROOTS = {
    f"{RDF}RDF": "xml",
    f"{OWL}Ontology": _UNREAD[".owx"],
    "http://www.w3.org/2004/03/trix/trix-1/TriX": _UNREAD[".trix"],
}
_OF_JSON_LD = ("@context", "@graph", "@id")
_FUNCTIONAL, _MANCHESTER = (
    re.compile(rb"\s*(?:#.*\n\s*)*(?:Prefix|Ontology)\s*" + sign) for sign in (rb"\(", rb":")
)


class Recognition(NamedTuple):
    """What is known of a file: its syntax, or why it is not read; nothing of either if it is no RDF."""

    syntax: str | None = None  # one of the values of `SYNTAXES`
    unread: str = ""


def recognize(path: Path) -> Recognition:
    """Return what a file is; opens it only where its name tells too little; raises as reading."""
    suffix, packed = _suffixes(path)
    known = suffix in SYNTAXES or suffix in _BY_CONTENT
    if packed in _PACKED and (known or suffix in _UNREAD):
        return Recognition(unread=f"{packed} is not unpacked, only .gz is")
    if suffix in SYNTAXES:
        return Recognition(SYNTAXES[suffix])
    if suffix in _BY_CONTENT:
        return _BY_CONTENT[suffix](text_files.read_unpacked(path))
    return Recognition(unread=f"{_UNREAD[suffix]} is not read" if suffix in _UNREAD else "")


def may_be_rdf(path: Path) -> bool:
    """Tell whether a file's name lets it be RDF that is read."""
    suffix, packed = _suffixes(path)
    return packed not in _PACKED and (suffix in SYNTAXES or suffix in _BY_CONTENT)


def _suffixes(path: Path) -> tuple[str, str]:
    """Return the suffix that tells the syntax, and the one behind it that tells how the file is packed."""
    last = path.suffix.lower()
    return (Path(path.stem).suffix.lower(), last) if last in (*_PACKED, ".gz") else (last, "")


def _json(content: bytes) -> Recognition:
    """JSON-LD has one of its keywords at the top, or at the top of a member of the list at the top."""
    if not any(f'"{keyword}"'.encode() in content for keyword in _OF_JSON_LD):
        return Recognition()
    try:
        top = json.loads(content)
    except (ValueError, RecursionError):
        return Recognition("json-ld")  # whoever reads it says what is wrong, and where
    members = top if isinstance(top, list) else [top]
    told = any(isinstance(member, dict) and not member.keys().isdisjoint(_OF_JSON_LD) for member in members)
    return Recognition("json-ld") if told else Recognition()


def _xml(content: bytes) -> Recognition:
    known = _ROOTS.get(_root(content), "")
    return Recognition("xml") if known == "xml" else Recognition(unread=known and f"{known} is not read")


def _owl(content: bytes) -> Recognition:
    """A file of OWL is RDF/XML mostly, or Turtle, or a syntax of OWL's own."""
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"<?xml", b"<!", b"<rdf:RDF")):
        found = _xml(content)
        return found if found.unread else Recognition("xml")
    for pattern, suffix in ((_FUNCTIONAL, ".ofn"), (_MANCHESTER, ".omn")):
        if pattern.match(start):
            return Recognition(unread=f"{_UNREAD[suffix]} is not read")
    return _xml(content) if _root(content) else Recognition("turtle")


def _root(content: bytes) -> str:
    """Return the name of a document's first element with its namespace, the empty string if it is no XML."""
    from xml.parsers import expat

    parser, names = expat.ParserCreate(namespace_separator=""), list[str]()
    parser.StartElementHandler = lambda name, _: names.append(name)
    with suppress(expat.ExpatError):
        for start in range(0, len(content), 4096):
            parser.Parse(content[start : start + 4096])
            if names:
                break
    return names[0] if names else ""


_BY_CONTENT: dict[str, Callable[[bytes], Recognition]] = {".json": _json, ".xml": _xml, ".owl": _owl}
