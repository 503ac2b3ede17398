"""Values for a query's parameters: from what somebody typed, or a Python value, to terms of the graph.

A term is written as `<IRI>`, as `prefix:name` or by its label. Nothing here touches the text of a query.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from amcc_kg.graph.question import Question
from amcc_kg.repository.parameter_types import EXPECTED, literal
from amcc_kg.sparql import text as sparql
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import AmccError, InputError
from amcc_kg.terms.spelling import closest, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amcc_kg.graph.store import QueryStore
    from amcc_kg.repository.retirement import Register
    from amcc_kg.repository.saved_queries import Parameter, SavedQuery
    from amcc_kg.sparql.text import Term

_LABELS = "rdfs:label|skos:prefLabel|skos:altLabel|amcc:name|amcc:shortName|foaf:name"
_PREFIXES = "".join(f"PREFIX {p}: <{prefixes.PREFIXES[p]}>\n" for p in ("rdfs", "skos", "amcc", "foaf"))
_LABELLED = f"""{_PREFIXES}SELECT DISTINCT ?term ?wanted {{
  ?term {_LABELS} ?label FILTER(isIRI(?term) && LCASE(STR(?label)) = ?wanted) }} ORDER BY STR(?term)"""
_ALL_LABELS = f"{_PREFIXES}SELECT DISTINCT (STR(?label) AS ?text) {{ ?term {_LABELS} ?label }} ORDER BY ?text"
_PRESENT = "SELECT ?term { { ?term ?p ?o } UNION { ?s ?p2 ?term } UNION { ?s3 ?term ?o3 } } LIMIT 1"
_ALIKE = """SELECT DISTINCT ?iri ?namespace { { ?iri ?p ?o } UNION { ?s ?iri ?o } UNION { ?s ?p ?iri }
  FILTER(isIRI(?iri) && STRSTARTS(STR(?iri), ?namespace)) } LIMIT 20000"""
_SHOWN = 24


def bind(
    query: SavedQuery, given: Mapping[str, Any], store: QueryStore, retired: Register | None = None
) -> dict[str, Term]:
    """Return the term for each parameter of a query: the value given, else its default.

    Raises `InputError` for a parameter that the query does not have, that is missing, or whose value is not
    of its type, not among the allowed values, which the message lists, or an IRI that is `retired`.
    """
    if not query.saved:
        variables = {t.text[1:] for t in sparql.tokens(query.text) if t.kind == "variable"}
        _refuse_unknown(query, given, sorted(variables))
        return {name: _any_term(name, value, store, retired) for name, value in given.items()}
    _refuse_unknown(query, given, [parameter.name for parameter in query.parameters])
    bound: dict[str, Term] = {}
    for parameter in query.parameters:
        value = given.get(parameter.name, parameter.default)
        if value is None:
            raise InputError(
                f"{query.name}: the parameter {parameter.name} is missing; give it as "
                f"-p {parameter.name}=VALUE, {_expectation(parameter, store)}"
            )
        bound[parameter.name] = _value(query, parameter, value, store, retired)
    return bound


def allowed_values(parameter: Parameter, store: QueryStore) -> list[tuple[Term, str]]:
    """Return the values that a parameter may take, each with what people call it; empty where any will do."""
    if parameter.allowed is None:
        return []
    if isinstance(parameter.allowed, str):
        from pyoxigraph import Literal, NamedNode

        found = store.evaluate(Question(parameter.allowed), source=f"the allowed values of {parameter.name}")
        return [
            (row[0], _plain(row[1]) if len(row) > 1 and row[1] is not None else _shown(row[0]))
            for row in found.solutions
            if isinstance(row[0], (NamedNode, Literal))
        ]
    if parameter.type == "term":
        return [(_term(text, [], store), text) for text in parameter.allowed]
    return [(literal(parameter.type, text), text) for text in parameter.allowed]


def term(given: Any, store: QueryStore, *, predicate: bool = False, retired: Register | None = None) -> Term:
    """Return the term that a Python value or a text is: as Turtle writes it, by label, a number or a date.

    Any IRI will do, but a predicate must occur in the graph: a statement about what the graph does not know
    is false, one in words that it does not know says nothing. Raises `InputError` if it means nothing or
    several things.
    """
    text = _of_python(given)
    if not isinstance(text, str):
        return text
    if predicate and text == "a":
        return literal("iri", f"{prefixes.RDF}type".join("<>"))
    for type_ in () if predicate else ("integer", "decimal", "date", "boolean"):
        try:
            return literal(type_, text)
        except ValueError:
            continue
    try:
        if text.startswith(('"', "'")):
            return _written(text)
        return _term(text, [], store, retired, known=predicate)
    except SyntaxError as error:
        raise InputError(f"{text} is not a literal as Turtle writes it") from error


def absence(term: Term, store: QueryStore, retired: Register | None = None) -> str | None:
    """Return that an IRI does not occur in the graph, and which one does instead; None for any other term.

    Instead of one that is `retired` it is what takes its place, of any other the one that is most like it.
    """
    from pyoxigraph import NamedNode

    if not isinstance(term, NamedNode) or store.evaluate(Question(_PRESENT, {"term": term})).solutions:
        return None
    if retired is not None and (gone := retired.find(term.value)):
        return gone.said(short=True)
    shown = _shown(term)
    local = shown.partition(":")[2]
    if shown.startswith("<"):
        local = re.split(r"[/#]", term.value)[-1]
    namespace = term.value.removesuffix(local)
    alike = closest(local, _local_names(namespace, store)) if local else None
    hint = f"; did you mean {prefixes.shorten(namespace + alike)!r}?" if alike else ""
    return f"{shown} does not occur in the graph{hint}"


def _local_names(namespace: str, store: QueryStore) -> list[str]:
    """Return what follows the namespace in the graph's IRIs, some of them where there are very many.

    Nothing where the graph cannot be asked.
    """
    from pyoxigraph import Literal, NamedNode

    try:
        found = store.evaluate(Question(_ALIKE, {"namespace": Literal(namespace)})).solutions
    except AmccError:
        return []  # a suggestion is not worth a failure
    return sorted(row[0].value.removeprefix(namespace) for row in found if isinstance(row[0], NamedNode))


def _value(
    query: SavedQuery, parameter: Parameter, value: Any, store: QueryStore, retired: Register | None
) -> Term:
    allowed = allowed_values(parameter, store)
    given = _of_python(value)
    try:
        if isinstance(given, str):
            is_named = parameter.type == "term"
            term = _term(given, allowed, store, retired) if is_named else literal(parameter.type, given)
        else:
            term = given
        _refuse_retired(term, store, retired)
    except ValueError as error:
        reason = f"{given!r} is not {error}"
    except InputError as error:
        reason = str(error)
    else:
        if not allowed or any(term == candidate for candidate, _ in allowed):
            return term
        reason = f"{given if isinstance(given, str) else _shown(given)!r} is not allowed"
    options = f"; {_expectation(parameter, store)}" if allowed else ""
    raise InputError(f"{query.name}: the parameter {parameter.name}: {reason}{options}")


def _refuse_retired(term: Term, store: QueryStore, retired: Register | None) -> None:
    """Raise `InputError` for an IRI that is gone: an answer without rows would not say so."""
    if retired is not None and retired.find(str(getattr(term, "value", ""))):
        reason = absence(term, store, retired)
        if reason is not None:
            raise InputError(reason)


def _term(
    text: str,
    allowed: list[tuple[Term, str]],
    store: QueryStore,
    retired: Register | None = None,
    *,
    known: bool = True,
) -> Term:
    """Return the one term that a text means: an IRI, or a label among the allowed values or in the graph.

    `known`: an IRI must occur in the graph.
    """
    from pyoxigraph import Literal, NamedNode

    wanted = " ".join(text.split()).lower()
    named = [term for term, label in allowed if label.lower() == wanted]
    if len(named) == 1:
        return named[0]
    try:
        term = literal("term", text)
    except ValueError:
        found = store.evaluate(Question(_LABELLED, {"wanted": Literal(wanted)}))
        matches = [row[0] for row in found.solutions if isinstance(row[0], NamedNode)]
        if allowed:
            matches = [m for m in matches if any(m == term for term, _ in allowed)]
        if len(matches) == 1:
            return matches[0]
        if matches:
            options = ", ".join(_shown(match) for match in matches)
            raise InputError(f"{text!r} is what several things are called: {options}") from None
        if retired is not None and (gone := retired.meant(text)):
            raise InputError(gone.said(short=True)) from None
        labels = [label for _, label in allowed] or [
            str(row[0].value)
            for row in store.evaluate(Question(_ALL_LABELS)).solutions
            if isinstance(row[0], Literal)
        ]
        raise InputError(f"nothing is called {text!r}{nearest(text, labels)}") from None
    if known and not allowed and (reason := absence(term, store, retired)):
        raise InputError(reason)
    return term


def _any_term(name: str, value: Any, store: QueryStore, retired: Register | None) -> Term:
    """Return the term for a parameter of a query that declares no types: as Turtle writes it, or by label."""
    from pyoxigraph import Literal

    given = _of_python(value)
    if not isinstance(given, str):
        return given
    for type_ in ("integer", "date", "boolean", "iri"):
        try:
            term = literal(type_, given)
        except ValueError:
            continue
        try:
            _refuse_retired(term, store, retired)
        except InputError as error:
            raise InputError(f"the parameter {name}: {error}") from error
        return term
    try:
        return _written(given) if given.startswith(('"', "'")) else _term(given, [], store, retired)
    except (InputError, SyntaxError) as error:
        if isinstance(error, SyntaxError):
            raise InputError(f"the parameter {name}: {given} is not a literal as Turtle writes it") from error
        quoted = str(Literal(given))
        raise InputError(f"the parameter {name}: {error}; for text write {name}='{quoted}'") from error


def _of_python(value: Any) -> str | Term:
    """Return a Python value as a term where its type says which, as text where that is still to be read."""
    import datetime

    from pyoxigraph import BlankNode, Literal, NamedNode

    if isinstance(value, (NamedNode, Literal)):
        return value
    if type(value).__module__.startswith("rdflib"):
        return _written(value.n3())
    if isinstance(value, (str, bool, int, float)):
        return value if isinstance(value, str) else Literal(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return Literal(value.isoformat(), datatype=NamedNode(f"{prefixes.XSD}date"))
    kind = "a blank node" if isinstance(value, BlankNode) else f"a {type(value).__name__}"
    raise InputError(f"{kind} cannot be the value of a parameter")


def _written(text: str) -> Term:
    import pyoxigraph

    document = f"@prefix xsd: <{prefixes.XSD}> . <x:s> <x:p> {text} ."
    quads = list(pyoxigraph.parse(document, pyoxigraph.RdfFormat.TURTLE))
    term = quads[0].object
    if len(quads) != 1 or not isinstance(term, (pyoxigraph.NamedNode, pyoxigraph.Literal)):
        raise SyntaxError(text)
    return term


def _refuse_unknown(query: SavedQuery, given: Mapping[str, Any], known: list[str]) -> None:
    for name in given:
        if name not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            hint = nearest(name, known) or f"; {takes}"
            raise InputError(f"{query.name}: there is no parameter {name!r}{hint}")


def _expectation(parameter: Parameter, store: QueryStore) -> str:
    labels = sorted({label for _, label in allowed_values(parameter, store)})
    if not labels:
        return f"expected {EXPECTED[parameter.type]}"
    more = f", … ({len(labels)} in all)" if len(labels) > _SHOWN else ""
    return f"allowed: {', '.join(labels[:_SHOWN])}{more}"


def _shown(term: Any) -> str:
    from pyoxigraph import NamedNode

    return prefixes.shorten(term.value) if isinstance(term, NamedNode) else _plain(term)


def _plain(term: Any) -> str:
    return str(getattr(term, "value", term))
