"""Values for a query's parameters: from what somebody typed, or a Python value, to terms of the graph.

A term is written as `<IRI>`, as `prefix:name` or by its label. Nothing here touches the text of a query.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyoxigraph
from pyoxigraph import BlankNode, Literal, NamedNode

from amcc_kg.graph.answers import Question, lexical
from amcc_kg.graph.store import QueryStore
from amcc_kg.repository.retirement import Register
from amcc_kg.repository.saved_queries import EXPECTED, Parameter, SavedQuery, literal
from amcc_kg.sparql.prologue import Bound, Term
from amcc_kg.sparql.tokens import variables
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import AmccError, InputError
from amcc_kg.terms.spelling import closest, nearest

CALLED = ("rdfs:label", "skos:prefLabel", "skos:altLabel", "amcc:name", "amcc:shortName", "foaf:name")
"""The predicates whose values are what things are called."""
_LABELS = "|".join(CALLED)
_PREFIXES = "".join(f"PREFIX {p}: <{prefixes.PREFIXES[p]}>\n" for p in ("rdfs", "skos", "amcc", "foaf"))
_LABELLED = f"""{_PREFIXES}SELECT DISTINCT ?term ?wanted {{
  ?term {_LABELS} ?label FILTER(isIRI(?term) && LCASE(STR(?label)) = ?wanted) }} ORDER BY STR(?term)"""
_ALL_LABELS = f"{_PREFIXES}SELECT DISTINCT (STR(?label) AS ?text) {{ ?term {_LABELS} ?label }} ORDER BY ?text"
_PRESENT = "SELECT ?term { { ?term ?p ?o } UNION { ?s ?p2 ?term } UNION { ?s3 ?term ?o3 } } LIMIT 1"
_ALIKE = """SELECT DISTINCT ?iri ?namespace { { ?iri ?p ?o } UNION { ?s ?iri ?o } UNION { ?s ?p ?iri }
  FILTER(isIRI(?iri) && STRSTARTS(STR(?iri), ?namespace)) } LIMIT 20000"""
_TEXTS = "SELECT ?text { ?s ?p ?text FILTER(ISLITERAL(?text) && STR(?text) = ?wanted) } LIMIT 1"
_SHOWN = 24
_PREFIXED = re.compile(r"([A-Za-z][\w-]*):\S*")
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)T00:00:00")
_WHOLE = ("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger")
_NUMBERS = {"integer": _WHOLE, "decimal": ("double", "float", *_WHOLE)}


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms that people's words mean in a graph; an IRI that is `retired` is told of and means none."""

    store: QueryStore
    retired: Register | None = None

    def bind(self, query: SavedQuery, given: Mapping[str, Any]) -> dict[str, Bound]:
        """Return the term for each parameter of a query: the value given, else its default; of a list, each.

        Raises `InputError` for a parameter that the query does not have, that is missing, or whose value is
        not of its type, not among the allowed values, which the message lists, or retired.
        """
        if not query.saved:
            known = sorted({name[1:] for name in variables(query.text)})
            _refuse_unknown(query, given, known)
            return {
                n: _each(f"the parameter {n}", value, partial(self._untyped, n)) for n, value in given.items()
            }
        _refuse_unknown(query, given, [parameter.name for parameter in query.parameters])
        bound: dict[str, Bound] = {}
        for parameter in query.parameters:
            value = given.get(parameter.name, parameter.default)
            if value is None:
                raise InputError(
                    f"{query.name}: the parameter {parameter.name} is missing; give it as "
                    f"-p {parameter.name}=VALUE, {self._expectation(parameter)}"
                )
            reading = partial(self._typed, query, parameter, self.allowed(parameter))
            bound[parameter.name] = _each(f"{query.name}: the parameter {parameter.name}", value, reading)
        return bound

    def allowed(self, parameter: Parameter) -> list[tuple[Term, str]]:
        """Return the values that a parameter may take, each as people call it; empty where any will do."""
        if parameter.allowed is None:
            return []
        if isinstance(parameter.allowed, str):
            source = f"the allowed values of {parameter.name}"
            return [
                (row[0], lexical(row[1]) if len(row) > 1 and row[1] is not None else _shown(row[0]))
                for row in self.store.evaluate(Question(parameter.allowed), source=source).solutions
                if isinstance(row[0], (NamedNode, Literal))
            ]
        if parameter.type == "term":
            return [(self._meant(text), text) for text in parameter.allowed]
        return [(literal(parameter.type, text), text) for text in parameter.allowed]

    def term(self, given: Any, *, predicate: bool = False) -> Term:
        """Return the term that a Python value or a text is: as Turtle has it, by label, a number or a date.

        Any IRI will do, but a predicate must occur in the graph: a statement about what the graph does not
        know is false, one in words that it does not know says nothing. Raises `InputError` if it means
        nothing or several things.
        """
        text = _of_python(given)
        if not isinstance(text, str):
            return text
        if predicate and text == "a":
            return NamedNode(f"{prefixes.RDF}type")
        types = () if predicate else ("integer", "decimal", "date", "boolean")
        try:
            return _spelt(text, types) or self._meant(text, known=predicate)
        except InputError as error:
            said = Question(_TEXTS, {"wanted": Literal(text)})
            if predicate or not (found := self.store.evaluate(said).solutions):
                raise
            raise InputError(f"{error}; as a text it is {in_quotes(found[0][0])}") from error

    def absence(self, term: Any) -> str | None:
        """Return that an IRI does not occur in the graph, and which one does instead; None for other terms.

        Instead of one that is retired it is what takes its place, of any other the one that is most like it.
        """
        if not isinstance(term, NamedNode) or self.store.evaluate(Question(_PRESENT, {"term": term})):
            return None
        if self.retired is not None and (gone := self.retired.find(term.value)):
            return gone.said(short=True)
        shown = _shown(term)
        local = re.split(r"[/#]", term.value)[-1] if shown.startswith("<") else shown.partition(":")[2]
        namespace = term.value.removesuffix(local)
        alike = closest(local, self._local_names(namespace)) if local else None
        hint = f"; did you mean {prefixes.shorten(namespace + alike)!r}?" if alike else ""
        return f"{shown} does not occur in the graph{hint}"

    def _local_names(self, namespace: str) -> list[str]:
        """Return what follows the namespace in the graph's IRIs, some of them where there are very many."""
        try:
            found = self.store.evaluate(Question(_ALIKE, {"namespace": Literal(namespace)})).solutions
        except AmccError:
            return []  # a suggestion is not worth a failure
        return sorted(row[0].value.removeprefix(namespace) for row in found if isinstance(row[0], NamedNode))

    def _typed(
        self, query: SavedQuery, parameter: Parameter, allowed: list[tuple[Term, str]], value: Any
    ) -> Term:
        given = _of_python(value)
        if isinstance(given, Literal) and given.datatype.value == f"{prefixes.XSD}string":
            given = given.value  # a type is declared, so that it is read like any text
        try:
            if not isinstance(given, str):
                term = _as_type(parameter.type, given)
            elif parameter.type == "term":
                term = self._meant(given, allowed)
            else:
                term = literal(parameter.type, given)
            self._refuse_retired(term)
        except ValueError as error:
            reason = f"{given if isinstance(given, str) else _shown(given)!r} is not {error}"
        except InputError as error:
            reason = str(error)
        else:
            if not allowed or any(term == candidate for candidate, _ in allowed):
                return term
            reason = f"{given if isinstance(given, str) else _shown(given)!r} is not allowed"
        options = f"; {self._expectation(parameter)}" if allowed else ""
        raise InputError(f"{query.name}: the parameter {parameter.name}: {reason}{options}")

    def _untyped(self, name: str, value: Any) -> Term:
        """Return the term for a parameter without a type: as Turtle has it, or by label."""
        given = _of_python(value)
        if not isinstance(given, str):
            return given
        hint = ""
        try:
            if term := _spelt(given, ("integer", "date", "boolean", "iri")):
                self._refuse_retired(term)
                return term
            hint = f"; for text write {name}='{Literal(given)}'"
            return self._meant(given)
        except InputError as error:
            raise InputError(f"the parameter {name}: {error}{hint}") from error

    def _meant(self, text: str, allowed: list[tuple[Term, str]] | None = None, *, known: bool = True) -> Term:
        """Return the one term that a text means: an IRI (in the graph, if `known`) or a label."""
        wanted = " ".join(text.split()).lower()
        named = [term for term, label in allowed or () if label.lower() == wanted]
        if len(named) == 1:
            return named[0]
        try:
            term = literal("term", text)
        except ValueError:
            return self._called(text, wanted, allowed or [])
        if known and not allowed and (reason := self.absence(term)):
            raise InputError(reason)
        return term

    def _called(self, text: str, wanted: str, allowed: list[tuple[Term, str]]) -> Term:
        """Return the one thing that has a label; raises `InputError` where nothing has it, or several."""
        found = self.store.evaluate(Question(_LABELLED, {"wanted": Literal(wanted)}))
        matches = [row[0] for row in found.solutions if isinstance(row[0], NamedNode)]
        if allowed:
            matches = [match for match in matches if any(match == term for term, _ in allowed)]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise InputError(f"{text!r} is what several things are called: {', '.join(map(_shown, matches))}")
        if self.retired is not None and (gone := self.retired.meant(text)):
            raise InputError(gone.said(short=True))
        labels = [label for _, label in allowed]
        if not allowed:
            every = self.store.evaluate(Question(_ALL_LABELS)).solutions
            labels = [row[0].value for row in every if isinstance(row[0], Literal)]
        if text.startswith("<") and not text.endswith(">"):
            raise InputError(f"{text!r} is no IRI; one stands between < and >")
        if unknown := _PREFIXED.fullmatch(text):
            hint = nearest(unknown[1], prefixes.PREFIXES)
            raise InputError(f"nothing is called {text!r}, and the prefix {unknown[1]}: is not known{hint}")
        raise InputError(f"nothing is called {text!r}{nearest(text, labels)}")

    def _refuse_retired(self, term: Term) -> None:
        """Raise `InputError` for an IRI that is gone: an answer without rows would not say so."""
        if self.retired is not None and self.retired.find(lexical(term)) and (reason := self.absence(term)):
            raise InputError(reason)

    def _expectation(self, parameter: Parameter) -> str:
        labels = sorted({label for _, label in self.allowed(parameter)})
        if not labels:
            return f"expected {EXPECTED[parameter.type]}"
        more = f", … ({len(labels)} in all)" if len(labels) > _SHOWN else ""
        return f"allowed: {', '.join(labels[:_SHOWN])}{more}"


def in_quotes(text: Any) -> str:
    """Return in words how a literal is written for a shell."""
    import shlex  # of no use to what is right

    return f"written with its quotes: {shlex.quote(str(text))}"


def _each(named: str, value: Any, reading: Callable[[Any], Term]) -> Bound:
    """Return what a value is read as, or each of a list of them; `named` is what an error calls them."""
    if not isinstance(value, (list, tuple, set, frozenset)):
        return reading(value)
    if not value:
        raise InputError(f"{named}: none of no values can be meant; give one at least")
    # A set has no order of its own, and an answer may not depend on the day's.
    given = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
    terms = tuple(dict.fromkeys(map(reading, given)))
    return terms if len(terms) > 1 else terms[0]


def _refuse_unknown(query: SavedQuery, given: Mapping[str, Any], known: list[str]) -> None:
    for name in given:
        if name not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            hint = nearest(name, known) or f"; {takes}"
            raise InputError(f"{query.name}: there is no parameter {name!r}{hint}")


def _as_type(type_: str, given: Term) -> Term:
    """Return a term as a value of a parameter's type; raises `ValueError` saying what it is not."""
    if type_ == "term" or (type_ == "iri" and isinstance(given, NamedNode)):
        return given
    if isinstance(given, Literal):
        if type_ == "date" and (day := _MIDNIGHT.fullmatch(given.value)):
            return literal(type_, day[1])  # as dates come from data frames
        kind = given.datatype.value.rpartition("#")[2]
        if kind in (type_, "string") or type_ == "string" or kind in _NUMBERS.get(type_, ()):
            return literal(type_, given.value)
    raise ValueError(EXPECTED[type_])


def _of_python(value: Any) -> str | Term:
    """Return a Python value as a term where its type says which, as text where that is still to be read."""
    if type(value).__module__.startswith("rdflib"):  # whose terms are str, too
        try:
            value = _written(value.n3())
        except SyntaxError as error:
            raise InputError(f"{value.n3()} cannot be the value of a parameter") from error
    if type(value).__module__ == "numpy":
        value = value.item()
    if isinstance(value, (str, NamedNode, Literal)):
        return value
    if isinstance(value, (bool, int, float)):
        return Literal(value)
    from decimal import Decimal  # of little use to most queries, and slow to load

    # A datetime is a date, too.
    called = {datetime.datetime: "dateTime", datetime.date: "date", Decimal: "decimal"}
    for kind, name in called.items():
        if isinstance(value, kind) and value == value:  # pandas has a moment that is none
            text = value.isoformat() if isinstance(value, datetime.date) else f"{value:f}"
            return Literal(text, datatype=NamedNode(f"{prefixes.XSD}{name}"))
    named = "a blank node" if isinstance(value, BlankNode) else f"a {type(value).__name__}"
    raise InputError(f"{named} cannot be the value of a parameter")


def _spelt(text: str, types: Iterable[str]) -> Term | None:
    """Return what a text is as a value of the first type that takes it, or as a literal in quotes."""
    for type_ in types:
        with suppress(ValueError):
            return literal(type_, text)
    if not text.startswith(('"', "'")):
        return None
    try:
        return _written(text)
    except SyntaxError as error:
        raise InputError(f"{text} is not a literal as Turtle writes it") from error


def _written(text: str) -> Term:
    document = f"@prefix xsd: <{prefixes.XSD}> . <x:s> <x:p> {text} ."
    quads = list(pyoxigraph.parse(document, pyoxigraph.RdfFormat.TURTLE))
    term = quads[0].object
    if len(quads) != 1 or not isinstance(term, (NamedNode, Literal)):
        raise SyntaxError(text)
    return term


def _shown(term: Any) -> str:
    return prefixes.shorten(term.value) if isinstance(term, NamedNode) else lexical(term)
