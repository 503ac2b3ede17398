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
from amcc_kg.terms.blank_nodes import told_apart

_PREFIXES = {**prefixes.PREFIXES, "rs": RESULT_SET}


def graph(answer: Result, receipts: Sequence[Receipt], version: str) -> Result:
    """Return a graph that holds an answer and its evidence; `version` is that of the graph asked."""
    leaves = [triple for receipt in receipts for triple in (*receipt.triples, *receipt.inferred)]
    writer = _Writer(answer, version, _Names({*answer.triples, *leaves}))
    for number, receipt in enumerate(receipts, start=1):
        writer.receipt(writer.subject(number), receipt)
    return Result(GRAPH, triples=tuple(sorted(writer.triples, key=str)))


class Provenance:
    """Gathers triples: statements, and the passages that they rest on."""

    def __init__(self, triples: Iterable[Triple] = ()) -> None:
        self.triples = set(triples)

    def add(self, subject: NamedNode, predicate: str, object_: Term | Triple) -> None:
        """Add a triple whose predicate is given as `prefix:name`."""
        self.triples.add(Triple(subject, iri(predicate), object_))

    def statement(self, triple: Triple, line: str) -> NamedNode:
        """Add a triple as a statement, which is known by its line of N-Triples; return its IRI."""
        name = NamedNode(prefixes.statement(f"{line} ."))
        self.add(name, "rdf:type", iri("rdf:Statement"))
        for place, term in zip(("subject", "predicate", "object"), triple, strict=True):
            self.add(name, f"rdf:{place}", term)
        return name

    def passage(self, citation: Citation) -> NamedNode:
        """Add what is known of a passage: its document, who speaks, the words; return its IRI."""
        passage = NamedNode(citation.passage)
        self.add(passage, "rdf:type", iri("oa:SpecificResource"))
        self.add(passage, "oa:hasSource", NamedNode(citation.document))
        for speaker in citation.attributed_to:
            self.add(passage, "amcc:attributedTo", NamedNode(speaker))
        for number, quote in enumerate(sorted(citation.quotes), start=1):
            selector = self.selector(passage, f"quote-{number}", "oa:TextQuoteSelector")
            self.add(selector, "oa:exact", Literal(quote))
        return passage

    def selector(self, passage: NamedNode, name: str, kind: str) -> NamedNode:
        """Add a selector of a passage's words, and return its IRI."""
        selector = NamedNode(f"{passage.value}#{name}")
        self.add(passage, "oa:hasSelector", selector)
        self.add(selector, "rdf:type", iri(kind))
        return selector


class _Writer(Provenance):
    """Gathers the triples of one answer."""

    def __init__(self, answer: Result, version: str, names: _Names) -> None:
        super().__init__(answer.triples)
        self._answer = answer
        self._names = names
        cells = [[t and names.term(t) for t in row] for row in answer.solutions]
        said = "\n".join([version, *answer.columns, *map(str, cells), str(answer.boolean)])
        self._base = f"{prefixes.BASE}answer/{_hash(said)}"
        if answer.kind != GRAPH:
            self._results()

    def subject(self, number: int) -> NamedNode:
        """Return what a receipt is about: a solution, the answer, or a statement of the graph."""
        if self._answer.kind == GRAPH:
            return self._statement(self._answer.triples[number - 1])
        is_whole = self._answer.kind == ASK or not self._answer.solutions
        return NamedNode(self._base if is_whole else f"{self._base}#{number}")

    def receipt(self, subject: NamedNode, receipt: Receipt) -> None:
        """Add what a receipt says of a subject."""
        sources = [(leaf.asserted, (*leaf.passages, *leaf.files)) for leaf in receipt.leaves]
        sources += [(triple, (prefixes.INFERRED_GRAPH,)) for triple in receipt.inferred]
        for triple, graphs in sources:
            statement = self._statement(triple)
            if statement != subject:
                self.add(subject, "prov:wasDerivedFrom", statement)
            for graph in graphs:
                self.add(statement, "prov:wasDerivedFrom", NamedNode(graph))
        for absence in receipt.absences:
            self.add(subject, "prov:wasInfluencedBy", self._absence(absence))
        for gap in receipt.gaps:
            self._annotate(subject, "oa:questioning", gap)
        for remark in receipt.remarks:
            self._annotate(subject, "oa:commenting", remark)
        for note in receipt.notes():
            self.add(subject, "rdfs:comment", Literal(note, language="en"))
        for citation in receipt.passages:
            self._cite(citation)

    def _absence(self, absence: Absence) -> NamedNode:
        said = f"{absence.version}\n{absence.question}\n{absence.asserted}"
        name = NamedNode(f"{prefixes.BASE}absence/{_hash(said)}")
        self.add(name, "rdf:type", iri("sh:SPARQLAskExecutable"))
        self.add(name, "sh:ask", Literal(absence.question))
        self.add(name, "rs:boolean", Literal(False))
        self.add(name, "owl:versionInfo", Literal(absence.version))
        self.add(name, "rdfs:comment", Literal(str(absence), language="en"))
        return name

    def _annotate(self, subject: NamedNode, motivation: str, text: str) -> None:
        name = NamedNode(f"{prefixes.BASE}annotation/{_hash(f'{subject.value} {text}')}")
        self.add(name, "rdf:type", iri("oa:Annotation"))
        self.add(name, "oa:hasTarget", subject)
        self.add(name, "oa:motivatedBy", iri(motivation))
        self.add(name, "oa:bodyValue", Literal(text))

    def _cite(self, citation: Citation) -> None:
        passage = self.passage(citation)
        self.add(passage, "amcc:quotedDirectly", Literal(citation.quoted_directly))
        if citation.part_of is not None:
            self.add(passage, "amcc:partOfSentence", NamedNode(citation.part_of))
        for name, value in (("amcc:number", citation.number), ("amcc:locator", citation.locator)):
            if value is not None:
                self.add(passage, name, Literal(value))
        if citation.start is not None and citation.end is not None:
            selector = self.selector(passage, "position", "oa:TextPositionSelector")
            for name, offset in (("oa:start", citation.start), ("oa:end", citation.end)):
                # The Web Annotation model asks for non-negative integers.
                self.add(selector, name, Literal(str(offset), datatype=iri("xsd:nonNegativeInteger")))

    def _results(self) -> None:
        answer, whole = self._answer, NamedNode(self._base)
        self.add(whole, "rdf:type", iri("rs:ResultSet"))
        if answer.kind == ASK:
            self.add(whole, "rs:boolean", Literal(answer.boolean))
            return
        for name in answer.columns:
            self.add(whole, "rs:resultVariable", Literal(name))
        for number, row in enumerate(answer.solutions, start=1):
            solution = self.subject(number)
            self.add(whole, "rs:solution", solution)
            self.add(solution, "rs:index", Literal(number))
            for name, term in zip(answer.columns, row, strict=True):
                if term is not None:
                    binding = NamedNode(f"{solution.value}-{name}")
                    self.add(solution, "rs:binding", binding)
                    self.add(binding, "rs:variable", Literal(name))
                    self.add(binding, "rs:value", term)

    def _statement(self, triple: Triple) -> NamedNode:
        return self.statement(triple, " ".join(map(self._names.term, triple)))


class _Names:
    """The terms of some triples as text; equal for equal triples, whatever blank nodes are called.

    A blank node's label is another one whenever the graph changes, so it is known by what is said of it and
    around it. Nodes of which the same is said are told apart by number.
    """

    def __init__(self, triples: Iterable[Triple]) -> None:
        """Take all the triples that blank nodes are to be known by."""
        colours, _ = told_apart((str(s), str(p), str(o)) for s, p, o in triples)
        counts = Counter[str]()
        self._labels: dict[str, str] = {}
        for node in sorted(colours, key=lambda node: (colours[node], node)):
            counts[colours[node]] += 1
            self._labels[node] = f"{colours[node]}-{counts[colours[node]]}"

    def term(self, term: Term) -> str:
        """Return a term as N-Triples writes it, a blank node by its name."""
        return f"_:{self._labels.get(str(term), '')}" if isinstance(term, BlankNode) else str(term)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def iri(name: str) -> NamedNode:
    """Return the IRI that `prefix:name` stands for."""
    prefix, _, local = name.partition(":")
    return NamedNode(_PREFIXES[prefix] + local)
