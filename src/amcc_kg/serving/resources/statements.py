"""The statements of a graph for looking up: exact terms, each with the graphs that it stands in.

A query engine may rewrite literals when it loads them, so what is published of a thing is looked up here.
Knows labels, containers and hash documents; nothing of how any of it is written.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeAlias

from pyoxigraph import BlankNode, Dataset, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from amcc_kg.graph.cache import Compiled
from amcc_kg.serving.workers.tasks import Loaded, once
from amcc_kg.sparql.prologue import Term
from amcc_kg.terms import prefixes

# Each statement with the names of the named graphs that hold it, sorted.
Evidence: TypeAlias = dict[Triple, tuple[str, ...]]

# The best first.
LABELS = tuple(
    map(prefixes.full, ("rdfs:label", "skos:prefLabel", "dcterms:title", "foaf:name", "schema:name"))
)
IN_DOCUMENT = f"{prefixes.ONTOLOGY}inDocument"
PASSAGE = f"{prefixes.ONTOLOGY}Passage"
TYPE = f"{prefixes.RDF}type"


class Statements:
    """A graph with indexes by subject, object, predicate and graph."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._dataset = Dataset(quads)
        self._subjects = {q.subject.value for q in self._dataset if isinstance(q.subject, NamedNode)}
        graphs = {quad.graph_name.value for quad in self._dataset if isinstance(quad.graph_name, NamedNode)}
        self._things = sorted(self._subjects | graphs)
        self._hashed: dict[str, list[str]] = defaultdict(list)
        for iri in sorted(self._subjects):
            document, mark, _ = iri.partition("#")
            if mark:
                self._hashed[document].append(iri)
        self._passages = frozenset(self.subjects_of(TYPE, PASSAGE))
        self._labels: dict[str, Triple] = {}
        for predicate in reversed(LABELS):
            found = self._dataset.quads_for_predicate(NamedNode(predicate))
            for quad in sorted(found, key=lambda q: _preference(q.object), reverse=True):
                if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
                    self._labels[quad.subject.value] = quad.triple

    def __len__(self) -> int:
        return len({quad.triple for quad in self._dataset})

    def occurs(self, iri: str) -> bool:
        """Tell whether anything is said of, with or by an IRI, or in a graph of that name."""
        if iri in self._hashed:
            return True
        try:
            node = NamedNode(iri)
        except ValueError:
            return False
        known = self._dataset
        lookups = known.quads_for_subject, known.quads_for_object, known.quads_for_graph_name
        return any(True for look in (*lookups, known.quads_for_predicate) for _ in look(node))

    def is_subject(self, iri: str) -> bool:
        """Tell whether anything is said of an IRI."""
        return iri in self._subjects

    def about(self, node: NamedNode | BlankNode) -> Evidence:
        """Return what is said of a node and of the blank nodes that this leads to."""
        found: Evidence = {}
        waiting, seen = [node], {node}
        while waiting:
            said = _grouped(self._dataset.quads_for_subject(waiting.pop()))
            found |= said
            for triple in said:
                if isinstance(triple.object, BlankNode) and triple.object not in seen:
                    seen.add(triple.object)
                    waiting.append(triple.object)
        return found

    def leading_to(self, iri: str) -> Evidence:
        """Return the statements whose object is an IRI."""
        return _grouped(self._dataset.quads_for_object(NamedNode(iri)))

    def within(self, graph: str) -> Evidence:
        """Return what the named graph of that name holds."""
        quads = self._dataset.quads_for_graph_name(NamedNode(graph))
        return dict.fromkeys(sorted({quad.triple for quad in quads}, key=str), (graph,))

    def hashed(self, document: str) -> list[str]:
        """Return the subjects whose IRIs are a document's with `#name` behind it, sorted."""
        return self._hashed.get(document, [])

    def below(self, prefix: str) -> list[str]:
        """Return the subjects and named graphs whose IRIs start so, sorted."""
        end = bisect_left(self._things, prefix + "\U0010ffff")
        return self._things[bisect_left(self._things, prefix) : end]

    def is_passage(self, iri: str) -> bool:
        """Tell whether an IRI is that of a passage."""
        return iri in self._passages

    def named(self, iri: str) -> Triple | None:
        """Return the statement that an IRI names, as downloads and receipts name statements."""
        return self._by_name.get(iri) if iri.startswith(prefixes.STATEMENTS) else None

    @cached_property
    def _by_name(self) -> dict[str, Triple]:
        # Only when asked for, because it takes a while and few ask.
        return {prefixes.statement(f"{quad.triple} ."): quad.triple for quad in self._dataset}

    def holding(self, triple: Triple) -> tuple[str, ...]:
        """Return the named graphs that hold a statement, sorted."""
        quads = (quad for quad in self._dataset.quads_for_subject(triple.subject) if quad.triple == triple)
        return next(iter(_grouped(quads).values()), ())

    def values(self, iri: str, predicate: str) -> list[str]:
        """Return the objects that a subject has for a predicate, as text, sorted."""
        quads = self._dataset.quads_for_subject(NamedNode(iri))
        found = {q.object for q in quads if q.predicate.value == predicate}
        return sorted({str(getattr(node, "value", node)) for node in found})

    def subjects_of(self, predicate: str, value: str) -> list[str]:
        """Return the IRIs that have an IRI for a predicate, sorted."""
        quads = self._dataset.quads_for_object(NamedNode(value))
        found = (q.subject for q in quads if q.predicate.value == predicate)
        return sorted({node.value for node in found if isinstance(node, NamedNode)})

    def label(self, iri: str) -> str | None:
        """Return what an IRI is called, None if it is called nothing."""
        found = self._labels.get(iri)
        return found.object.value if found and isinstance(found.object, Literal) else None

    def label_triple(self, iri: str) -> Triple | None:
        """Return the statement that says what an IRI is called."""
        return self._labels.get(iri)


def said(subject: NamedNode, name: str, value: Term | str) -> Triple:
    """Return a statement; its property, and a value that is a text, are given by their prefixed names."""
    node = NamedNode(prefixes.full(value)) if isinstance(value, str) else value
    return Triple(subject, NamedNode(prefixes.full(name)), node)


@once
def of(loaded: Loaded) -> Statements:
    """Return the statements of a loaded graph."""
    known = loaded.knowledge
    return Statements(iter(loaded.store) if known is None else _of_compiled(known.compiled))


def _of_compiled(compiled: Compiled) -> Iterator[Quad]:
    yield from parse(compiled.asserted + compiled.named, RdfFormat.N_QUADS, lenient=True)
    inferred = NamedNode(prefixes.INFERRED_GRAPH)
    for quad in parse(compiled.inferred, RdfFormat.N_TRIPLES, lenient=True):
        yield quad
        yield Quad(quad.subject, quad.predicate, quad.object, inferred)


def _grouped(quads: Iterable[Quad]) -> Evidence:
    found: dict[Triple, set[str]] = defaultdict(set)
    for quad in quads:
        names = found[quad.triple]
        if isinstance(quad.graph_name, NamedNode):
            names.add(quad.graph_name.value)
    return {triple: tuple(sorted(found[triple])) for triple in sorted(found, key=str)}


def _preference(node: object) -> tuple[int, str]:
    """Order labels: in English first, then in no language, then by language and text."""
    language = getattr(node, "language", None)
    rank = 0 if language == "en" else 1 if language is None else 2
    return rank, f"{language or ''} {node}"
