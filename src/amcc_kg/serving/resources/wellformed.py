"""What the engine has written as XML, made what XML 1.0 allows, or refused.

The engine writes some characters that no XML may hold, a carriage return as one that readers take for a line
feed, and elements without a name. Almost no answer has any of these, so one look over its bytes comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Triple

from amcc_kg.terms import prefixes

# The characters that XML 1.0 (section 2.2) has no way to write, not even escaped, as UTF-8; it has no others,
# for what is UTF-8 holds no lone surrogates.
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_FORBIDDEN_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BINDING = b'<binding name="'
# How the engine begins an element for an IRI that ends in no XML name; no text can look like it.
_NAMELESS = b"<oxprefix: "
_NAMELESS_PROPERTY = re.compile(rb'<oxprefix: xmlns:oxprefix="([^"]*)"')
# A thing of a class that ends in no name: that can be said by a property instead.
_NAMELESS_CLASS = re.compile(rb'<oxprefix: xmlns:oxprefix="([^"]*)" (rdf:(?:about|nodeID)="[^"]*")>(?=\n)')
# https://www.w3.org/TR/rdf-syntax-grammar/#section-Namespace: names of the syntax that are no properties.
_SYNTAX = (
    *("RDF", "Description", "ID", "about", "parseType", "resource", "nodeID", "datatype", "li"),
    *("aboutEach", "aboutEachPrefix", "bagID"),
)


class UnsayableError(ValueError):
    """A value or a statement that XML, or RDF/XML, has no way to write; the text says which."""


def results(body: bytes) -> bytes:
    """Return query results in XML as every reader takes them; raises `UnsayableError`."""
    if found := _FORBIDDEN.search(body):
        before = body[: found.start()]
        row, column = before.count(b"<result>"), before.rpartition(_BINDING)[2].partition(b'"')[0].decode()
        raise UnsayableError(f"{_unwritable(found[0].decode())} of row {row}, column {column}")
    return _with_returns(body)


def graph(body: bytes, content: Iterable[Triple]) -> bytes:
    """Return the RDF/XML that was written of `content` as every reader takes it.

    Raises `UnsayableError` for what RDF/XML cannot say: a predicate that ends in no name, certain characters.
    """
    if _FORBIDDEN.search(body):
        raise UnsayableError(_unwritable_value(content))
    if _NAMELESS in body:
        body = _with_classes(body)
        if found := _NAMELESS_PROPERTY.search(body):
            predicate = found[1].replace(b"&apos;", b"'").replace(b"&amp;", b"&").decode()
            raise UnsayableError(f"the predicate <{predicate}> ends in no XML name, so RDF/XML cannot say it")
    return _with_returns(body)


def refuse_syntax(content: Iterable[Triple]) -> None:
    """Refuse predicates that RDF/XML has taken as its own words; raises `UnsayableError`."""
    for triple in content:
        for name in _SYNTAX:
            if triple.predicate.value == prefixes.RDF + name:
                raise UnsayableError(f"the predicate rdf:{name} is a word of RDF/XML, which cannot say it")


def _with_returns(body: bytes) -> bytes:
    return body.replace(b"\r", b"&#13;") if b"\r" in body else body


def _with_classes(body: bytes) -> bytes:
    named, count = _NAMELESS_CLASS.subn(rb'<rdf:Description \2>\n\t\t<rdf:type rdf:resource="\1"/>', body)
    return named.replace(b"\n\t</oxprefix:>", b"\n\t</rdf:Description>") if count else body


def _unwritable(character: str) -> str:
    return f"XML has no way to write the character U+{ord(character):04X}"


def _unwritable_value(content: Iterable[Triple]) -> str:
    for predicate, literal in _literals(content):
        if found := _FORBIDDEN_CHARACTER.search(literal.value):
            return f"{_unwritable(found[0])} of a value of {predicate}"
    return "XML has no way to write some character of this"


def _literals(content: Iterable[Triple]) -> Iterator[tuple[NamedNode, Literal]]:
    for triple in content:
        if isinstance(triple.object, Literal):
            yield triple.predicate, triple.object
        elif isinstance(triple.object, Triple):
            yield from _literals([triple.object])
