"""The knowledge graph as Python sees it: open it, ask it.

The command line is made of the same calls. Imports only what an answer needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from amcc_kg.explain.contradictions import explained
from amcc_kg.graph import compiler
from amcc_kg.graph.answers import ASK, Question, Result, Sought
from amcc_kg.graph.cache import Compiled
from amcc_kg.graph.hints import Hint, is_doubtful
from amcc_kg.graph.parameters import Terms, in_quotes
from amcc_kg.graph.store import LocalStore, QueryStore
from amcc_kg.repository import citations
from amcc_kg.repository import files as repository
from amcc_kg.repository import saved_queries as queries
from amcc_kg.repository.files import FileKind, Repository
from amcc_kg.repository.retirement import Register
from amcc_kg.repository.saved_queries import SavedQuery
from amcc_kg.sparql.prologue import Bound, Term, form
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError

if TYPE_CHECKING:
    from amcc_kg.evidence.receipt_checker import ReceiptChecker
    from amcc_kg.explain.explanation import Explanation
    from amcc_kg.reasoning.proofs import Proof, Prover
    from amcc_kg.receipts.answer_receipts import Receipts


class KnowledgeGraph:
    """A compiled graph with its saved queries; `amcc_kg.open` makes one."""

    def __init__(
        self,
        repository: Repository,
        compiled: Compiled,
        store: QueryStore,
        *,
        isolated: bool = False,
        retired: Register | None = None,
    ) -> None:
        self.repository = repository
        self.compiled = compiled
        self.retired = retired or Register(repository)
        self._store = store
        self._terms = Terms(store, self.retired)
        self._isolated = isolated

    def query(
        self,
        query: str,
        *,
        inference: bool = True,
        limit: int | None = None,
        timeout: float | None = None,
        evidence: bool = False,
        **parameters: Any,
    ) -> Result:
        """Answer a saved query, by its name, or a SPARQL text.

        `parameters` are the query's own, as terms or as text (`status="under consideration"`), or a list of
        them, any of which will do. Without `inference` only what is asserted counts. Reading stops after
        `limit` rows or triples; `timeout` ends it after so many seconds. Every row of the answer has its
        `evidence`, sought when it is asked for; with `evidence` what blank nodes there are in it can be
        followed as well. Its `hints` name likely slips of the query, and where an answer without rows comes
        to nothing. Raises `InputError` for what cannot be asked, `EngineError` if no answer came.
        """
        found = self.find(query)
        question = Question(found.text, self.bind(found, parameters), inference, limit, timeout)
        return self.ask(question, source=found.source, evidence=evidence)

    def bind(self, query: SavedQuery, given: Mapping[str, Any]) -> dict[str, Bound]:
        """Return the terms that a query's parameters stand for: what is given, or else their defaults.

        A list of values is a tuple of terms, any of which the parameter may be. For parameters whose names
        Python does not allow. Raises `InputError` as `query` does.
        """
        return self._terms.bind(query, given)

    def ask(self, question: Question, *, source: str = "<query>", evidence: bool = False) -> Result:
        """Answer a question, as `query` does; `source` is what an error calls it."""
        store = self._store
        if evidence and not isinstance(store, LocalStore):
            raise InputError("evidence is sought in the compiled graph; it cannot be had of an endpoint")
        start = monotonic()
        answer = store.evaluate(question, source=source, named=evidence)
        if not isinstance(store, LocalStore):
            return answer

        def find() -> Receipts:
            from amcc_kg.receipts.answer_receipts import Receipts

            engine = store.engine(inference=question.inference)
            repository, compiled = self.repository, self.compiled
            return Receipts(answer, question, engine, repository, compiled, isolated=self._isolated)

        receipts = Sought(find, wanted=evidence)
        return replace(answer, sought=receipts, hints=self._hints(answer, question, store, start))

    def _hints(self, answer: Result, question: Question, store: LocalStore, start: float) -> tuple[Hint, ...]:
        engine = store.engine(inference=question.inference, named=False)  # or with them, if they were asked
        is_empty = answer.kind != ASK and not answer and question.limit != 0
        if not is_empty and not is_doubtful(question.whole, engine):
            return ()
        from amcc_kg.diagnosis import diagnosis

        named = next(engine.named_graphs(), None) is not None
        everything = None if question.inference else store.engine(named=named)
        spent: dict[str, Any] = {"taken": monotonic() - start, "isolated": self._isolated}
        return diagnosis.hints(question, engine, is_empty=is_empty, everything=everything, **spent)

    def find(self, query: str) -> SavedQuery:
        """Return the saved query of that name, or the query that a SPARQL text is; raises `InputError`."""
        if not isinstance(query, str):
            raise InputError(
                f"a query is the name of a saved one or a SPARQL text, not a {type(query).__name__}"
            )
        is_saved = any(record["name"] == query for record in self.compiled.queries)
        if not is_saved and ("{" in query or form(query) is not None):
            return queries.SavedQuery("<query>", None, query, saved=False)
        return queries.find(query, self.compiled.queries, self.repository.root)

    def queries(self) -> list[SavedQuery]:
        """Return the saved queries by name; raises `PlacedError` for one that is not well written."""
        return queries.all_of(self.compiled.queries, self.repository.root)

    def allowed_values(self, query: SavedQuery, parameter: str) -> list[str]:
        """Return what may be given for a parameter, as people call it; empty where any value will do."""
        for known in query.parameters:
            if known.name == parameter:
                return [label for _, label in self._terms.allowed(known)]
        raise InputError(f"{query.name}: there is no parameter {parameter!r}")

    def explain(
        self, subject: Any, predicate: Any, object: Any, *, all_proofs: bool = False, bound: int | None = None
    ) -> Explanation:
        """Explain why a triple holds, or what is nearest to it if it does not.

        Terms are given as pyoxigraph's or rdflib's, or as text: `<IRI>`, `prefix:name`, a label, `a`, a
        literal. With `all_proofs`, every minimal proof of at most `bound` rules and leaves, of at most
        `amcc_kg.reasoning.proofs.BOUND` if none is given. A triple about what does not occur in the graph
        does not hold. Raises `InputError` for a text that means no term or several, and for a predicate that
        does not occur.
        """
        from amcc_kg.explain.explanation import explain
        from amcc_kg.graph.written_forms import WrittenForms
        from amcc_kg.reasoning.proofs import BOUND

        prover = self._prover  # first, because labels are then looked up in the same store
        terms = self._terms
        found = [self.term(subject), self.term(predicate, predicate=True), self.term(object)]
        if not isinstance(found[0], (NamedNode, BlankNode)) or not isinstance(found[1], NamedNode):
            raise InputError("a triple has an IRI as its subject and an IRI as its predicate")
        triple = Triple(found[0], found[1], found[2])
        most = BOUND if bound is None else bound
        forms = WrittenForms(self.compiled.rewritten)
        answer = explain(prover, self.repository, triple, forms, all_proofs=all_proofs, bound=most)
        if answer.nearest is None:
            return answer
        absent = [*filter(None, map(terms.absence, found))]
        if isinstance(object, str) and isinstance(found[2], NamedNode):
            # Where a thing is called so, the thing is meant; what it is called may have been.
            texts = (t.object for t in answer.nearest.same_subject if isinstance(t.object, Literal))
            absent += [f"As a text it is {in_quotes(t)}" for t in texts if t.value == object.strip()]
        return replace(answer, nearest=replace(answer.nearest, absent=tuple(absent)))

    def term(self, given: Any, *, predicate: bool = False) -> Term:
        """Return the term that a value or a text means to `explain`; raises `InputError` as that does."""
        return self._terms.term(given, predicate=predicate)

    def receipt_checker(self) -> ReceiptChecker:
        """Return what checks the receipts of this graph's answers, apart from how they are found."""
        from amcc_kg.evidence.receipt_checker import ReceiptChecker

        if not isinstance(self._store, LocalStore):
            raise InputError("receipts are checked in the compiled graph; an endpoint gives none")
        files = self.repository.graph_files
        ontology = {file.graph for file in files if file.kind is FileKind.ONTOLOGY}
        return ReceiptChecker(self._store, self.compiled, self.repository, ontology, self.proof)

    def proof(self, triple: Triple, leaves: frozenset[Triple] | None = None) -> Proof | None:
        """Return a smallest proof of a triple, of those that rest on some leaves only if any are given.

        None where there is none, or none is near. Raises `InputError` as `explain` does.
        """
        prover = self._prover
        return prover.prove(triple) if leaves is None else prover.prove_from(triple, leaves)

    @cached_property
    def _prover(self) -> Prover:
        from amcc_kg.reasoning.proofs import Prover

        if not isinstance(self._store, LocalStore):
            raise InputError("proofs are sought in the compiled graph; they cannot be had of an endpoint")
        return Prover(self._store.engine())

    def label(self, iri: str) -> str:
        """Return what a thing is called, its shortened IRI where the graph does not say or is not at hand."""
        if isinstance(self._store, LocalStore):
            return citations.label(self._store.engine(), iri)
        return prefixes.shorten(iri)

    def __repr__(self) -> str:
        return f"<KnowledgeGraph {self.repository.root} with {len(self.compiled.queries)} saved queries>"


def open(
    folder: str | Path | None = None,
    *,
    isolated: bool = True,
    endpoint: str | None = None,
    reasoner: str = "rules",
) -> KnowledgeGraph:
    """Open the graph of a repository, compiling it if that has not been done.

    Without `folder` it is the checkout around the working directory, else the graph installed with the
    package. Queries run in processes of their own; not `isolated` they run in this one, which is faster, and
    which a query may then end. With `endpoint`, the URL of a SPARQL endpoint, the saved queries are asked
    there. `reasoner` closes the graph: `rules`, or `owlrl` for a second opinion. Raises `InputError` where
    there is no repository, `PlacedError` for a file that does not parse, `InconsistentError` for a
    contradiction.
    """
    found = repository.find(None if folder is None else Path(folder))
    with explained(found):
        compiled = compiler.compile_graph(found, reasoner)
    store: QueryStore = LocalStore(compiled, isolated=isolated)
    if endpoint is not None:
        from amcc_kg.graph.remote import RemoteStore

        store = RemoteStore(endpoint)
    return KnowledgeGraph(found, compiled, store, isolated=isolated)
