"""An answer with its receipts as RDF: PROV-O says what rests on what, Web Annotation where the words are.

    <answer/HASH>    rs:solution <answer/HASH#1>      the W3C's vocabulary for results
    <answer/HASH#1>  prov:wasDerivedFrom <statement/HASH>
    <statement/HASH> a rdf:Statement ; prov:wasDerivedFrom <passage>
    <passage>        a oa:SpecificResource ; oa:hasSource <document> ; oa:hasSelector <passage#quote-1>

Everything has an IRI, the same for the same answer and the same statement. Absences and whatever could not
be followed are comments on the solution. Knows answers and receipts; no syntax.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple

from amcc_kg import terms
from amcc_kg.results import ASK, GRAPH, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amcc_kg.receipts.receipt import Receipt
    from amcc_kg.results import Term

_RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_PREFIXES = {**terms.PREFIXES, "rs": _RS}


def graph(answer: Result, receipts: Sequence[Receipt], version: str) -> Result:
    """Return a graph that holds an answer and its evidence; `version` is that of the graph asked."""
    writer = _Writer(answer, version)
    for number, receipt in enumerate(receipts, start=1):
        writer.receipt(writer.subject(number), receipt)
    return Result(GRAPH, triples=tuple(sorted(writer.triples, key=str)))


class _Writer:
    """Gathers the triples of one answer."""

    def __init__(self, answer: Result, version: str) -> None:
        self._answer = answer
        said = "\n".join([version, *answer.columns, *map(str, answer.solutions), str(answer.boolean)])
        self._base = f"{terms.BASE}answer/{sha256(said.encode()).hexdigest()[:32]}"
        self.triples: set[Triple] = set(answer.triples)
        if answer.kind != GRAPH:
            self._results()

    def subject(self, number: int) -> NamedNode:
        """Return what a receipt is about: a solution, the answer, or a statement of the graph."""
        if self._answer.kind == GRAPH:
            return self._statement(self._answer.triples[number - 1])
        return NamedNode(self._base if self._answer.kind == ASK else f"{self._base}#{number}")

    def receipt(self, subject: NamedNode, receipt: Receipt) -> None:
        """Add what a receipt says of a subject."""
        for leaf in receipt.leaves:
            statement = self._statement(leaf.triple)
            if statement != subject:
                self._add(subject, "prov:wasDerivedFrom", statement)
            for source in (*leaf.passages, *leaf.files):
                self._add(statement, "prov:wasDerivedFrom", NamedNode(source))
        for note in receipt.notes():
            self._add(subject, "rdfs:comment", Literal(note, language="en"))
        for citation in receipt.passages:
            passage = NamedNode(citation.passage)
            self._add(passage, "rdf:type", _iri("oa:SpecificResource"))
            self._add(passage, "oa:hasSource", NamedNode(citation.document))
            for number, quote in enumerate(sorted(citation.quotes), start=1):
                selector = NamedNode(f"{citation.passage}#quote-{number}")
                self._add(passage, "oa:hasSelector", selector)
                self._add(selector, "rdf:type", _iri("oa:TextQuoteSelector"))
                self._add(selector, "oa:exact", Literal(quote))

    def _results(self) -> None:
        answer, whole = self._answer, NamedNode(self._base)
        self._add(whole, "rdf:type", _iri("rs:ResultSet"))
        if answer.kind == ASK:
            self._add(whole, "rs:boolean", Literal(answer.boolean))
            return
        for name in answer.columns:
            self._add(whole, "rs:resultVariable", Literal(name))
        for number, row in enumerate(answer.solutions, start=1):
            solution = self.subject(number)
            self._add(whole, "rs:solution", solution)
            self._add(solution, "rs:index", Literal(number))
            for name, term in zip(answer.columns, row, strict=True):
                if term is not None:
                    binding = NamedNode(f"{solution.value}-{name}")
                    self._add(solution, "rs:binding", binding)
                    self._add(binding, "rs:variable", Literal(name))
                    self._add(binding, "rs:value", term)

    def _statement(self, triple: Triple) -> NamedNode:
        digest = sha256(f"{triple} .".encode()).hexdigest()[:32]
        name = NamedNode(f"{terms.BASE}statement/{digest}")
        self._add(name, "rdf:type", _iri("rdf:Statement"))
        self._add(name, "rdf:subject", triple.subject)
        self._add(name, "rdf:predicate", triple.predicate)
        self._add(name, "rdf:object", triple.object)
        return name

    def _add(self, subject: NamedNode, predicate: str, object_: Term | Triple) -> None:
        self.triples.add(Triple(subject, _iri(predicate), object_))


def _iri(name: str) -> NamedNode:
    prefix, _, local = name.partition(":")
    return NamedNode(_PREFIXES[prefix] + local)
