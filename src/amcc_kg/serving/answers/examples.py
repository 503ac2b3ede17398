"""The saved queries as data.

SHACL's SPARQL executables (https://www.w3.org/TR/shacl/#SPARQLExecutable) with the keys by which editors and
query assistants find example queries: a question, keywords, the endpoint, prefixes declared once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from amcc_kg.repository.saved_queries import Parameter, SavedQuery
from amcc_kg.serving.answers import saved_answers
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import Answer, refusal
from amcc_kg.serving.resources import serialization
from amcc_kg.serving.resources.statements import said
from amcc_kg.serving.workers.tasks import Loaded
from amcc_kg.sparql.prologue import declared_prefixes, form, with_values
from amcc_kg.terms import prefixes as terms
from amcc_kg.terms.errors import InputError

PREFIXES = f"{terms.BASE}queries#prefixes"
# The class of a query and the property that holds its text, by its form. SHACL knows no DESCRIBE.
_FORMS = {
    "SELECT": ("sh:SPARQLSelectExecutable", "sh:select"),
    "ASK": ("sh:SPARQLAskExecutable", "sh:ask"),
    "CONSTRUCT": ("sh:SPARQLConstructExecutable", "sh:construct"),
}


def examples(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer with the saved queries as RDF; `call` holds `format`, `base` and `name` (None for all)."""
    found = saved_answers.queries(loaded)
    chosen = list(found.values()) if call["name"] is None else [found[call["name"]]]
    if not chosen:
        return refusal(404, "plain files are served here, and no saved queries with them")
    triples = _described(loaded, chosen, NamedNode(f"{call['base']}sparql"))
    offer = negotiation.named("graph", call["format"])
    return Answer(200, serialization.write({}, triples, offer.name), offer.media)


def all_of(loaded: Loaded, endpoint: NamedNode) -> set[Triple]:
    """Return all saved queries as RDF, for an endpoint; none where plain files are served."""
    return _described(loaded, list(saved_answers.queries(loaded).values()), endpoint)


def _described(loaded: Loaded, queries: list[SavedQuery], endpoint: NamedNode) -> set[Triple]:
    triples = {triple for query in queries for triple in _query(loaded, query, endpoint)}
    declared: dict[str, str] = {}
    for query in queries:
        declared |= declared_prefixes(saved_answers.body_of(query))
    return triples | set(prefixes(declared))


def _query(loaded: Loaded, query: SavedQuery, endpoint: NamedNode) -> Iterator[Triple]:
    this, executable = NamedNode(f"{terms.BASE}query/{query.name}"), "sh:SPARQLExecutable"
    kind, predicate = _FORMS.get(form(query.text) or "SELECT", (executable, "sh:select"))
    yield from (said(this, "rdf:type", _node(name)) for name in (executable, kind))
    yield said(this, "rdfs:label", Literal(query.title, language="en"))
    yield said(this, "rdfs:comment", Literal(query.question, language="en"))
    yield said(this, "sh:prefixes", NamedNode(PREFIXES))
    yield said(this, predicate, Literal(_runnable(loaded, query)))
    yield said(this, "schema:target", endpoint)
    yield from (said(this, "schema:keywords", Literal(tag)) for tag in query.tags)
    for parameter in query.parameters:
        yield from _parameter(loaded, this, parameter)


def _parameter(loaded: Loaded, query: NamedNode, parameter: Parameter) -> Iterator[Triple]:
    this = NamedNode(f"{query.value}#{parameter.name}")
    yield said(query, "sh:parameter", this)
    yield said(this, "rdf:type", _node("sh:Parameter"))
    yield said(this, "sh:path", this)
    yield said(this, "sh:name", Literal(parameter.name))
    if parameter.description:
        yield said(this, "sh:description", Literal(parameter.description, language="en"))
    if parameter.type in ("integer", "decimal", "date", "boolean", "string"):
        yield said(this, "sh:datatype", _node(f"xsd:{parameter.type}"))
    else:
        yield said(this, "sh:nodeKind", _node("sh:IRI"))
    if parameter.default is not None:
        for value in saved_answers.defaults(loaded, [parameter]).values():
            yield said(this, "sh:defaultValue", value)


def _runnable(loaded: Loaded, query: SavedQuery) -> str:
    """Return the query's text with its parameters' defaults put in, so that it answers as it stands."""
    text = saved_answers.body_of(query)
    defaults = saved_answers.defaults(loaded, list(query.parameters))
    if len(defaults) < len(query.parameters):
        return text
    try:
        return with_values(text, defaults)
    except InputError:
        return text


def prefixes(declared: Mapping[str, str]) -> Iterator[Triple]:
    """Return the declarations of prefixes that queries and editors refer to."""
    for prefix, namespace in sorted(declared.items()):
        one = NamedNode(f"{terms.BASE}queries#prefix-{prefix or 'empty'}")
        yield said(NamedNode(PREFIXES), "sh:declare", one)
        yield said(one, "rdf:type", _node("sh:PrefixDeclaration"))
        yield said(one, "sh:prefix", Literal(prefix))
        yield said(one, "sh:namespace", Literal(namespace, datatype=_node("xsd:anyURI")))


def _node(name: str) -> NamedNode:
    return NamedNode(terms.full(name))
