"""Namespaces, the one prefix table, and terms as people write and read them.

Knows how an IRI is shortened and how a written term is understood; knows nothing of any graph.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256

BASE = "https://w3id.org/amcc-kg/"
ONTOLOGY = f"{BASE}ontology#"
SHAPES = f"{BASE}shapes#"
ONTOLOGY_SHAPES = f"{BASE}shapes/ontology#"
INFERRED_GRAPH = f"{BASE}graph/inferred"
STATEMENTS = f"{BASE}statement/"
# What an endpoint says of itself and of the graph, for those who ask it in SPARQL.
DESCRIPTION_GRAPH = f"{BASE}graph/description"
# The name by which that speaks of the default graph.
DEFAULT_GRAPH = f"{BASE}graph/default"

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SH = "http://www.w3.org/ns/shacl#"

# The whole graph as a dataset; the IRIs of its parts, its files and its partitions begin so.
DATASET = f"{BASE}dataset"

# The kinds of thing that have slash IRIs of their own; each is a prefix for input and display.
KINDS = (
    *("agent", "body", "commitment", "document", "event", "graph", "group"),
    *("instrument", "mandate", "membership", "modality", "outcome", "person", "place"),
    *("position", "post", "query", "reporter", "status", "tenure", "topic"),
)

PREFIXES: dict[str, str] = {
    "amcc": ONTOLOGY,
    "amccosh": ONTOLOGY_SHAPES,
    "amccsh": SHAPES,
    "bibo": "http://purl.org/ontology/bibo/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "gist": "https://w3id.org/semanticarts/ns/ontology/gist/",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": OWL,
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": "https://schema.org/",
    "sem": "http://semanticweb.cs.vu.nl/2009/11/sem/",
    "sh": SH,
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vann": "http://purl.org/vocab/vann/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "void": "http://rdfs.org/ns/void#",
    "wd": "http://www.wikidata.org/entity/",
    "xsd": XSD,
    **{kind: f"{BASE}{kind}/" for kind in KINDS},
}

_NAME = re.compile(r"([A-Za-z][\w-]*):([\w./%~-]*)")
_DECLARED_NAME = re.compile(r"[^\W-](?:[\w.-]*[\w-])?")
_BY_LENGTH = sorted(PREFIXES.items(), key=lambda item: -len(item[1]))
# Narrower than Turtle allows, so that no parser needs to know an escape.
LOCAL_NAME = re.compile(r"[A-Za-z0-9_]+(?:[-A-Za-z0-9_]*[A-Za-z0-9_])?")


class ShortNames:
    """The short names of IRIs as every syntax writes them; remembers in `used` which prefixes were needed."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._by_length = sorted(prefixes.items(), key=lambda item: -len(item[1]))
        self.used: dict[str, str] = {}

    def shorten(self, iri: str) -> str | None:
        """Return `prefix:local` for an IRI, or None if that would need a prefix or an escape we lack."""
        for prefix, namespace in self._by_length:
            if iri.startswith(namespace) and LOCAL_NAME.fullmatch(iri, len(namespace)):
                self.used[prefix] = namespace
                return f"{prefix}:{iri[len(namespace) :]}"
        return None

    def header(self) -> str:
        """Return the `@prefix` lines of the names given out so far."""
        return "".join(f"@prefix {name}: <{namespace}> .\n" for name, namespace in sorted(self.used.items()))


_SHORT = ShortNames(PREFIXES)


class DeclaredPrefixes:
    """How people are shown IRIs that a file speaks of: by the prefixes that it and others declare.

    Where two declare one prefix, the first counts; what none has a prefix for, the prefix table may have.
    """

    def __init__(self, *declared: Mapping[str, str]) -> None:
        """Take namespaces by prefix, of the file itself first."""
        own: dict[str, str] = {}
        for some in declared:
            for prefix, namespace in some.items():
                own.setdefault(prefix, namespace)
        self._by_length = sorted(
            ((prefix, namespace) for prefix, namespace in own.items() if namespace),
            key=lambda item: -len(item[1]),
        )
        self._taken = own
        self.shorten = lru_cache(4096)(self._shortened)  # a report names few things, and often

    def _shortened(self, iri: str) -> str:
        """Return `prefix:name`, such as the file itself could have it, else what `shorten` returns."""
        for prefix, namespace in self._by_length:
            if iri.startswith(namespace) and _DECLARED_NAME.fullmatch(iri, len(namespace)):
                return f"{prefix}:{iri[len(namespace) :]}"
        short = shorten(iri)
        prefix = short.partition(":")[0]
        # A prefix of the table that the file gives another meaning would mislead.
        return f"<{iri}>" if prefix in self._taken and self._taken[prefix] != PREFIXES.get(prefix) else short


NO_PREFIXES = DeclaredPrefixes()
"""The prefix table alone."""


def statement(line: str) -> str:
    """Return the IRI of a statement, made of its line of canonical N-Triples: the same for ever."""
    return STATEMENTS + sha256(line.encode()).hexdigest()[:32]


def full(name: str) -> str:
    """Return the IRI that `prefix:name` stands for; raises `KeyError` for an unknown prefix."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


def shorten(iri: str) -> str:
    """Return an IRI as `prefix:name` where the prefix table has a namespace for it, else as `<IRI>`.

    The name may hold slashes (`document:2018-09-20-amcc-3/s05`): for people and for `expand`, not for SPARQL.
    """
    for prefix, namespace in _BY_LENGTH:
        if iri.startswith(namespace):
            short = f"{prefix}:{iri[len(namespace) :]}"
            if len(iri) > len(namespace) and _NAME.fullmatch(short):
                return short
    return f"<{iri}>"


def written(iri: str) -> str:
    """Return an IRI as every syntax takes it, where its prefix is declared: `<IRI>` if not `prefix:name`."""
    return _SHORT.shorten(iri) or f"<{iri}>"


def expand(text: str) -> str | None:
    """Return the IRI that `<IRI>` or `prefix:name` stands for, None if the text is neither."""
    if text.startswith("<") and text.endswith(">") and len(text) > 2:
        return text[1:-1]
    match = _NAME.fullmatch(text)
    return PREFIXES[match[1]] + match[2] if match and match[1] in PREFIXES else None
