"""A term as one string: its canonical N-Triples text, and the way from and to the engines' terms.

`<http://example.org/a>`, `"text"`, `"chat"@fr`, `"01"^^<http://www.w3.org/2001/XMLSchema#integer>`, `_:f0b1`,
and of RDF 1.2 `"chat"@fr--ltr` and `<<( <http://example.org/a> <http://example.org/b> "text" )>>`.
The first character tells the kind, or of a triple term the first two; equal terms have equal keys; keys put
side by side are N-Triples. Lexical forms stay as written, of escapes only `\\\\ \\" \\n \\r` are used,
language tags are in lower case, and xsd:string is left out.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from amcc_kg.terms.errors import InputError
from amcc_kg.terms.prefixes import RDF, XSD

if TYPE_CHECKING:
    import pyoxigraph
    from rdflib.term import Node

_STRING = f"{XSD}string"
_LANGUAGE_STRING = f"{RDF}langString"
_DIRECTED_STRING = f"{RDF}dirLangString"
_TO_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})
_ESCAPE = re.compile(r'\\([\\"nr])')
_MEANT = {"\\": "\\", '"': '"', "n": "\n", "r": "\r"}
_lock = threading.Lock()
_inside = 0
_settings = ExitStack()


def iri(text: str) -> str:
    """Return the key of an IRI."""
    return f"<{text}>"


def literal(lexical: str, language: str | None = None, datatype: str | None = None) -> str:
    """Return the key of a literal; `datatype` is an IRI and counts only where there is no language.

    A base direction stands behind the language and two hyphens: `fr--ltr`.
    """
    quoted = f'"{lexical.translate(_TO_ESCAPES)}"'
    if language:
        return f"{quoted}@{language.lower()}"
    return quoted if datatype is None or datatype == _STRING else f"{quoted}^^<{datatype}>"


def triple_term(subject: str, predicate: str, value: str) -> str:
    """Return the key of the triple term of three keys."""
    return f"<<( {subject} {predicate} {value} )>>"


def is_triple_term(key: str) -> bool:
    """Tell whether a key is a triple term's."""
    return key.startswith("<<")


def parts(key: str) -> tuple[str, str, str]:
    """Return the keys that a triple term is made of."""
    subject, predicate, value = key[4:-4].split(" ", 2)  # neither of the first two holds a space
    return subject, predicate, value


def is_iri(key: str) -> bool:
    """Tell whether a key is an IRI's."""
    return key[0] == "<" and key[1] != "<"


def has_text(key: str) -> bool:
    """Tell whether a term has a text of its own, SPARQL's STR: an IRI or a literal."""
    return key[0] != "_" and not is_triple_term(key)


def value(key: str) -> str:
    """Return an IRI's text, a literal's lexical form, a blank node's label; a triple term's own key."""
    if key[0] == "<":
        return key if is_triple_term(key) else key[1:-1]
    if key[0] == "_":
        return key[2:]
    lexical = key[1 : key.rindex('"')]
    return _ESCAPE.sub(lambda found: _MEANT[found[1]], lexical) if "\\" in lexical else lexical


def language(key: str) -> str | None:
    """Return a literal's language tag in lower case; None for any other term."""
    return None if (tag := _tag(key)) is None else tag.partition("--")[0]


def direction(key: str) -> str | None:
    """Return a literal's base direction, `ltr` or `rtl`; None for any other term."""
    return (_tag(key) or "").partition("--")[2] or None


def _tag(key: str) -> str | None:
    return None if key[0] != '"' or key[-1] in '">' else key[key.rindex('"') + 2 :]


def datatype(key: str) -> str | None:
    """Return the IRI of a literal's datatype, implied ones included; None for any other term."""
    if key[0] != '"':
        return None
    end = key.rindex('"') + 1
    if key.startswith("^", end):
        return key[end + 3 : -1]
    if not key.startswith("@", end):
        return _STRING
    return _DIRECTED_STRING if "--" in key[end:] else _LANGUAGE_STRING


def of_rdflib(node: Node) -> str:
    """Return the key of rdflib's term."""
    from rdflib import BNode, Literal

    if isinstance(node, Literal):
        return literal(str(node), node.language, None if node.datatype is None else str(node.datatype))
    return f"_:{node}" if isinstance(node, BNode) else f"<{node}>"


def to_rdflib(key: str) -> Node:
    """Return the term as rdflib's, the lexical form as written; a plain literal has no datatype there.

    Raises `InputError` for what only RDF 1.2 has.
    """
    from rdflib import BNode, Literal, URIRef

    if new := only_in_rdf12(key):
        raise InputError(f"{key} is {new}")
    if key[0] == "<":
        return URIRef(key[1:-1])
    if key[0] == "_":
        return BNode(key[2:])
    if key[-1] != ">":
        return Literal(value(key), lang=language(key))
    with as_written():
        return Literal(value(key), datatype=URIRef(datatype(key) or _STRING))


def only_in_rdf12(key: str) -> str:
    """Return what a term is that RDF 1.1, and with it rdflib, does not know; empty for any other."""
    if is_triple_term(key):
        return "a triple term of RDF 1.2, which rdflib cannot hold"
    return "a text with a base direction of RDF 1.2, which rdflib cannot hold" if direction(key) else ""


def of_oxigraph(term: object) -> str:
    """Return the key of pyoxigraph's term."""
    import pyoxigraph

    if isinstance(term, pyoxigraph.Literal):
        tag = f"{term.language}--{term.direction}" if term.direction else term.language
        return literal(term.value, tag, term.datatype.value)
    if isinstance(term, pyoxigraph.Triple):
        return triple_term(*map(of_oxigraph, term))
    return str(term)


def to_oxigraph(
    key: str,
) -> pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal | pyoxigraph.Triple:
    """Return the term as pyoxigraph's, the lexical form as written."""
    import pyoxigraph

    quads = pyoxigraph.parse(f"<x:s> <x:p> {key} .", pyoxigraph.RdfFormat.N_TRIPLES, lenient=True)
    term: pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal | pyoxigraph.Triple
    term = next(iter(quads)).object
    return term


def with_object(triple: pyoxigraph.Triple, key: str) -> pyoxigraph.Triple:
    """Return a triple with the term of a key as its object; as it is if that is empty."""
    import pyoxigraph

    return pyoxigraph.Triple(triple.subject, triple.predicate, to_oxigraph(key)) if key else triple


@lru_cache(maxsize=4096)
def as_kept(key: str) -> str:
    """Return a literal's key as the query engine keeps it, which has one form for each value: 2 for 02."""
    if key[0] != '"' or key[-1] == '"':
        return key
    import pyoxigraph

    store, name = pyoxigraph.Store(), pyoxigraph.NamedNode("urn:x")
    store.add(pyoxigraph.Quad(name, name, to_oxigraph(key)))
    return of_oxigraph(next(iter(store)).object)


def rewritten(found: Sequence[str]) -> set[str]:
    """Return which of some literals, by their keys, the query engine keeps in another form."""
    import pyoxigraph

    text = "".join(f"<x:{number}> <x:p> {key} .\n" for number, key in enumerate(found))

    def quads() -> pyoxigraph.QuadParser:
        return pyoxigraph.parse(text, pyoxigraph.RdfFormat.N_TRIPLES, lenient=True)

    written = pyoxigraph.serialize(quads(), format=pyoxigraph.RdfFormat.N_QUADS)
    store = pyoxigraph.Store()
    store.extend(quads())
    kept = store.dump(format=pyoxigraph.RdfFormat.N_QUADS)
    assert written is not None
    assert kept is not None
    lines = frozenset(kept.splitlines())
    return {key for key, line in zip(found, written.splitlines(), strict=True) if line not in lines}


@contextmanager
def as_written() -> Iterator[None]:
    """Let rdflib keep literals as somebody wrote them: "01" stays "01", "2018-13-45"^^xsd:date is no noise.

    It does so in all threads, from the first that enters to the last that leaves. The settings of rdflib,
    logging and warnings for it hold within a call only: the process is its host's.
    """
    global _inside
    with _lock:
        _inside += 1
        if _inside == 1:
            _set()
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                _settings.close()


def _set() -> None:
    import logging  # with rdflib, which brings it anyway

    import rdflib

    _settings.callback(setattr, rdflib, "NORMALIZE_LITERALS", rdflib.NORMALIZE_LITERALS)
    rdflib.NORMALIZE_LITERALS = False
    # rdflib logs a traceback for an ill-formed literal, and warns of a boolean; the shapes report it with its
    # place.
    logger = logging.getLogger("rdflib.term")
    _settings.callback(logger.removeFilter, _silent)
    logger.addFilter(_silent)
    _settings.enter_context(warnings.catch_warnings())
    warnings.filterwarnings("ignore", category=UserWarning, module=r"rdflib\.term")


def _silent(_: object) -> bool:
    return False
