"""An answer with its receipts as RDF: PROV-O says what rests on what, Web Annotation where the words are.

    <answer/HASH>    rs:solution <answer/HASH#1>      the W3C's vocabulary for results
    <answer/HASH#1>  prov:wasDerivedFrom <statement/HASH>
    <statement/HASH> a rdf:Statement ; prov:wasDerivedFrom <passage>
    <passage>        a oa:SpecificResource ; oa:hasSource <document> ; oa:hasSelector <passage#quote-1> ;
                     amcc:attributedTo <speaker> ; amcc:number 5 ; amcc:quotedDirectly false

An inferred statement that a solution was matched with is derived from the graph of what is inferred. An
absence is a question that the graph of a version answers with no, and influences the solution:

    <absence/HASH>   a sh:SPARQLAskExecutable ; sh:ask "ASK { … }" ; rs:boolean false ; owl:versionInfo "…"

What could not be followed and what else decides are annotations of the solution. Everything has an IRI, the
same for the same answer and the same statement on every run, blank nodes or not. Knows answers and receipts;
no syntax.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from amcc_kg.graph.answers import ASK, GRAPH, RESULT_SET, Result, Term
from amcc_kg.graph.receipt import Absence, Receipt
from amcc_kg.repository.citations import Citation
from amcc_kg.terms import prefixes

_PREFIXES = {**prefixes.PREFIXES, "rs": RESULT_SET}


def graph(answer: Result, receipts: Sequence[Receipt], version: str) -> Result:
    """Return a graph that holds an answer and its evidence; `version` is that of the graph asked."""
    leaves = [triple for receipt in receipts for triple in (*receipt.triples, *receipt.inferred)]
    writer = _Writer(answer, version, _Names({*answer.triples, *leaves}))
    for number, receipt in enumerate(receipts, start=1):
        writer.receipt(writer.subject(number), receipt)
    return Result(GRAPH, triples=tuple(sorted(writer.triples, key=str)))


class _Writer:
    """Gathers the triples of one answer."""

    def __init__(self, answer: Result, version: str, names: _Names) -> None:
        self._answer = answer
        self._names = names
        cells = [[t and names.term(t) for t in row] for row in answer.solutions]
        said = "\n".join([version, *answer.columns, *map(str, cells), str(answer.boolean)])
        self._base = f"{prefixes.BASE}answer/{_hash(said)}"
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
        sources = [(leaf.triple, (*leaf.passages, *leaf.files)) for leaf in receipt.leaves]
        sources += [(triple, (prefixes.INFERRED_GRAPH,)) for triple in receipt.inferred]
        for triple, graphs in sources:
            statement = self._statement(triple)
            if statement != subject:
                self._add(subject, "prov:wasDerivedFrom", statement)
            for graph in graphs:
                self._add(statement, "prov:wasDerivedFrom", NamedNode(graph))
        for absence in receipt.absences:
            self._add(subject, "prov:wasInfluencedBy", self._absence(absence))
        for gap in receipt.gaps:
            self._annotate(subject, "oa:questioning", gap)
        for remark in receipt.remarks:
            self._annotate(subject, "oa:commenting", remark)
        for note in receipt.notes():
            self._add(subject, "rdfs:comment", Literal(note, language="en"))
        for citation in receipt.passages:
            self._passage(citation)

    def _absence(self, absence: Absence) -> NamedNode:
        said = f"{absence.version}\n{absence.question}\n{absence.asserted}"
        name = NamedNode(f"{prefixes.BASE}absence/{_hash(said)}")
        self._add(name, "rdf:type", _iri("sh:SPARQLAskExecutable"))
        self._add(name, "sh:ask", Literal(absence.question))
        self._add(name, "rs:boolean", Literal(False))
        self._add(name, "owl:versionInfo", Literal(absence.version))
        self._add(name, "rdfs:comment", Literal(str(absence), language="en"))
        return name

    def _annotate(self, subject: NamedNode, motivation: str, text: str) -> None:
        name = NamedNode(f"{prefixes.BASE}annotation/{_hash(f'{subject.value} {text}')}")
        self._add(name, "rdf:type", _iri("oa:Annotation"))
        self._add(name, "oa:hasTarget", subject)
        self._add(name, "oa:motivatedBy", _iri(motivation))
        self._add(name, "oa:bodyValue", Literal(text))

    def _passage(self, citation: Citation) -> None:
        passage = NamedNode(citation.passage)
        self._add(passage, "rdf:type", _iri("oa:SpecificResource"))
        self._add(passage, "oa:hasSource", NamedNode(citation.document))
        for speaker in citation.attributed_to:
            self._add(passage, "amcc:attributedTo", NamedNode(speaker))
        self._add(passage, "amcc:quotedDirectly", Literal(citation.quoted_directly))
        if citation.part_of is not None:
            self._add(passage, "amcc:partOfSentence", NamedNode(citation.part_of))
        for name, value in (("amcc:number", citation.number), ("amcc:locator", citation.locator)):
            if value is not None:
                self._add(passage, name, Literal(value))
        if citation.start is not None and citation.end is not None:
            selector = self._selector(passage, "position", "oa:TextPositionSelector")
            for name, offset in (("oa:start", citation.start), ("oa:end", citation.end)):
                # The Web Annotation model asks for non-negative integers.
                self._add(selector, name, Literal(str(offset), datatype=_iri("xsd:nonNegativeInteger")))
        for number, quote in enumerate(sorted(citation.quotes), start=1):
            selector = self._selector(passage, f"quote-{number}", "oa:TextQuoteSelector")
            self._add(selector, "oa:exact", Literal(quote))

    def _selector(self, passage: NamedNode, name: str, kind: str) -> NamedNode:
        selector = NamedNode(f"{passage.value}#{name}")
        self._add(passage, "oa:hasSelector", selector)
        self._add(selector, "rdf:type", _iri(kind))
        return selector

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
        name = NamedNode(prefixes.statement(f"{' '.join(map(self._names.term, triple))} ."))
        self._add(name, "rdf:type", _iri("rdf:Statement"))
        for place, term in zip(("subject", "predicate", "object"), triple, strict=True):
            self._add(name, f"rdf:{place}", term)
        return name

    def _add(self, subject: NamedNode, predicate: str, object_: Term | Triple) -> None:
        self.triples.add(Triple(subject, _iri(predicate), object_))


class _Names:
    """The terms of some triples as text; equal for equal triples, whatever blank nodes are called.

    A blank node's label is another one each time data are read, so it is known by what is said of it and
    around it. Nodes of which the same is said are told apart by number.
    """

    def __init__(self, triples: Iterable[Triple]) -> None:
        """Take all the triples that blank nodes are to be known by."""
        self._around: dict[Term, list[tuple[str, Term, Term]]] = {}
        for triple in triples:
            if isinstance(triple.subject, BlankNode):
                self._around.setdefault(triple.subject, []).append((">", triple.predicate, triple.object))
            if isinstance(triple.object, BlankNode):
                self._around.setdefault(triple.object, []).append(("<", triple.predicate, triple.subject))
        colours, counts = self._coloured(), Counter[str]()
        self._labels: dict[Term, str] = {}
        for node in sorted(colours, key=lambda node: (colours[node], str(node))):
            counts[colours[node]] += 1
            self._labels[node] = f"{colours[node]}-{counts[colours[node]]}"

    def term(self, term: Term) -> str:
        """Return a term as N-Triples writes it, a blank node by its name."""
        return f"_:{self._labels.get(term, '')}" if isinstance(term, BlankNode) else str(term)

    def _coloured(self) -> dict[Term, str]:
        """Return for each node a hash of what is around it, as far as that tells nodes apart."""
        colours = dict.fromkeys(self._around, "")
        told_apart = 0
        while len(set(colours.values())) > told_apart:
            told_apart = len(set(colours.values()))
            finer = {}
            for node, edges in self._around.items():
                seen = sorted(f"{way} {term} {colours.get(end, str(end))}" for way, term, end in edges)
                finer[node] = _hash("\n".join([colours[node], *seen]))
            colours = finer
        return colours


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def _iri(name: str) -> NamedNode:
    prefix, _, local = name.partition(":")
    return NamedNode(_PREFIXES[prefix] + local)
