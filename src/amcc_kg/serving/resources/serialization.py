"""Statements written down in the syntaxes of RDF, and as rows for a spreadsheet.

The engine writes, but for JSON-LD: its own has no context and puts classes where no frame looks for them.
Terms are written as they were read, sorted, so that the same statements are the same bytes. What the engine
writes as XML is made what XML 1.0 allows, or refused: it writes some characters that no XML may hold, a
carriage return as one that readers take for a line feed, and elements without a name. Almost no answer has
any of these, so one look over its bytes comes first. Knows no graph.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any

import pyoxigraph
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple

from amcc_kg.graph import answers
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.resources.statements import TYPE, Evidence
from amcc_kg.syntax.writing import jsonld
from amcc_kg.terms import prefixes as terms

_SYNTAXES = {
    offer.name: syntax
    for offer in negotiation.OFFERS["graph"]
    if (syntax := RdfFormat.from_media_type(offer.type))
}
_DATASETS = ("trig", "nquads")
_TEXT = frozenset((f"{terms.XSD}string", f"{terms.RDF}langString", f"{terms.RDF}dirLangString"))

# The characters that XML 1.0 (section 2.2) has no way to write, not even escaped, as UTF-8; it has no others,
# for what is UTF-8 holds no lone surrogates.
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_BINDING = b'<binding name="'
# How the engine begins an element for an IRI that ends in no XML name; no text can look like it.
_NAMELESS = b"<oxprefix: "
_NAMELESS_PROPERTY = re.compile(rb'<oxprefix: xmlns:oxprefix="([^"]*)"')
# A thing of a class that ends in no name: that can be said by a property instead.
_NAMELESS_CLASS = re.compile(rb'<oxprefix: xmlns:oxprefix="([^"]*)" (rdf:(?:about|nodeID)="[^"]*")>(?=\n)')
# https://www.w3.org/TR/rdf-syntax-grammar/#section-Namespace: names of the syntax that are no properties.
_RESERVED = frozenset(
    terms.RDF + name
    for name in (
        *("RDF", "Description", "ID", "about", "parseType", "resource", "nodeID", "datatype", "li"),
        *("aboutEach", "aboutEachPrefix", "bagID"),
    )
)


class TooLargeError(Exception):
    """What is written has grown beyond its bound; the text says which."""


class UnsayableError(ValueError):
    """A value or a statement that a syntax has no way to write; the text says which."""


class Sink(BytesIO):
    """Takes what the engine writes until it is more than `most` bytes; then raises `TooLargeError`."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, chunk: Any) -> int:
        """Take a piece; return how long it is."""
        written = super().write(chunk)
        if self.tell() > self._most:
            raise TooLargeError(f"{self._most} bytes")
        return written


def within(body: bytes, most: int) -> bytes:
    """Return what may have grown after it was written; raises `TooLargeError`."""
    if len(body) > most:
        raise TooLargeError(f"{most} bytes")
    return body


def write(statements: Evidence, more: Iterable[Triple], format: str, first: str = "") -> bytes:
    """Return statements in a format of `negotiation`'s graphs, or as CSV.

    Where the format knows named graphs, or as CSV, each statement also stands in those that hold it; `more`
    are triples about them. What is said of the IRI `first` comes first, but in JSON-LD. Raises
    `UnsayableError` for what RDF/XML or JSON-LD cannot say.
    """
    if format == "csv":
        rows = [
            (*triple, NamedNode(name) if name else None)
            for triple, names in statements.items()
            for name in names or ("",)
        ]
        columns = ("subject", "predicate", "object", "graph")
        return answers.write(answers.Result(answers.SELECT, columns, tuple(rows)), "csv").encode()
    # Whoever reads Turtle starts at its top: the thing first, and of each subject what kind of thing it is.
    lead, kind = NamedNode(first or "x:"), NamedNode(TYPE)
    triples = sorted(
        {*statements, *more}, key=lambda t: (t.subject != lead, str(t.subject), t.predicate != kind, str(t))
    )
    named = [(name, triple) for triple, names in statements.items() for name in names]
    in_graphs = sorted(named, key=str) if format in _DATASETS else ()
    graphs = [Quad(t.subject, t.predicate, t.object, NamedNode(name)) for name, t in in_graphs]
    return serialize(triples, format, _used_prefixes([*triples, *graphs]), graphs)


def serialize(
    triples: list[Triple],
    format: str,
    prefixes: Mapping[str, str],
    graphs: Iterable[Quad] = (),
    most: int = sys.maxsize,
) -> bytes:
    """Return triples in a format of `negotiation`'s graphs, in their order but in JSON-LD, then named graphs.

    Raises `UnsayableError`, and `TooLargeError` for what takes more than `most` bytes.
    """
    if format == "jsonld":
        parts = ((_term(t.subject), _term(t.predicate), _term(t.object)) for t in triples)
        return within(jsonld.document(parts, terms.PREFIXES), most)
    if format == "rdfxml":
        for triple in triples:
            if triple.predicate.value in _RESERVED:
                name = triple.predicate.value.removeprefix(terms.RDF)
                raise UnsayableError(f"the predicate rdf:{name} is a word of RDF/XML, which cannot say it")
    content = [*(Quad(*triple) for triple in triples), *graphs] if format in _DATASETS else triples
    sink = Sink(most)
    pyoxigraph.serialize(content, sink, _SYNTAXES[format], prefixes=dict(prefixes))
    body = sink.getvalue()
    return within(_wellformed(body, triples), most) if format == "rdfxml" else body


def wellformed_results(body: bytes) -> bytes:
    """Return query results in XML as every reader takes them; raises `UnsayableError`."""
    if found := _FORBIDDEN.search(body):
        before = body[: found.start()]
        row, column = before.count(b"<result>"), before.rpartition(_BINDING)[2].partition(b'"')[0].decode()
        raise UnsayableError(f"{_unwritable(found)} of row {row}, column {column}")
    return body.replace(b"\r", b"&#13;")


def _wellformed(body: bytes, content: Iterable[Triple]) -> bytes:
    """Return the RDF/XML that was written of `content` as every reader takes it."""
    if _FORBIDDEN.search(body):
        for predicate, literal in _literals(content):
            if found := _FORBIDDEN.search(literal.value.encode()):
                raise UnsayableError(f"{_unwritable(found)} of a value of {predicate}")
        raise UnsayableError("XML has no way to write some character of this")
    if _NAMELESS in body:
        body, count = _NAMELESS_CLASS.subn(rb'<rdf:Description \2>\n\t\t<rdf:type rdf:resource="\1"/>', body)
        if count:
            body = body.replace(b"\n\t</oxprefix:>", b"\n\t</rdf:Description>")
        if found := _NAMELESS_PROPERTY.search(body):
            iri = found[1].replace(b"&apos;", b"'").replace(b"&amp;", b"&").decode()
            raise UnsayableError(f"the predicate <{iri}> ends in no XML name, so RDF/XML cannot say it")
    return body.replace(b"\r", b"&#13;")


def _unwritable(found: re.Match[bytes]) -> str:
    return f"XML has no way to write the character U+{ord(found[0].decode()):04X}"


def _literals(content: Iterable[Triple]) -> Iterator[tuple[NamedNode, Literal]]:
    for triple in content:
        if isinstance(triple.object, Literal):
            yield triple.predicate, triple.object
        elif isinstance(triple.object, Triple):
            yield from _literals([triple.object])


def _used_prefixes(content: Iterable[Triple | Quad]) -> dict[str, str]:
    """Return the prefixes that IRIs of the content may be shortened with."""
    found, slashed = {}, set()
    for item in content:
        for node in item:
            node = getattr(node, "datatype", node)
            if isinstance(node, NamedNode):
                prefix, mark, name = terms.shorten(node.value).partition(":")
                if mark and prefix in terms.PREFIXES:
                    found[prefix] = terms.PREFIXES[prefix]
                    # Left out, for not every parser knows the escape for a slash in a name.
                    if not terms.LOCAL_NAME.fullmatch(name):
                        slashed.add(prefix)
    return {prefix: found[prefix] for prefix in sorted(found.keys() - slashed)}


def _term(node: object) -> jsonld.Term:
    """Return a term as the writer of JSON-LD takes it; raises `UnsayableError` for a triple term."""
    if isinstance(node, NamedNode):
        return jsonld.Term(jsonld.IRI, node.value)
    if isinstance(node, BlankNode):
        return jsonld.Term(jsonld.BLANK, node.value)
    if not isinstance(node, Literal):
        raise UnsayableError("JSON-LD has no way to write a triple term")
    datatype = "" if node.datatype.value in _TEXT else node.datatype.value
    direction = node.direction.value if node.direction is not None else ""
    return jsonld.Term(jsonld.LITERAL, node.value, datatype, node.language or "", direction)
