"""The other engine, pyshacl: the whole of a shapes graph, or the shapes that the default engine leaves
to it.

SHACL Core and SHACL-SPARQL without advanced features, and no inference: what is validated is what the graph
holds. Its results come back as numbers of the same terms, so that the two engines can be compared.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable
from contextlib import redirect_stderr
from functools import cache
from typing import Any, TypeAlias

from rdflib import RDF, SH, Graph
from rdflib.term import Node

from amcc_kg.syntax.reading import Terms
from amcc_kg.terms import keys
from amcc_kg.terms.errors import InputError
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.results import Result, best_message
from amcc_kg.validation.shapes import path_nodes
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph, closure
from amcc_kg.validation.shapes.vocabulary import sh

Triples: TypeAlias = Iterable[tuple[int, int, int]]


def results(
    data: Data, shapes: ShapesGraph, only: Iterable[int] | None = None, more: Triples = ()
) -> list[Result]:
    """Return pyshacl's results, of the shapes `only` (numbers of terms) if they are given.

    `more` are triples that it is told besides those of the shapes.

    Raises `InputError` where pyshacl refuses the shapes, or stops at something in them or in the data, and
    for `sh:reifierShape` of SHACL 1.2, which it passes over in silence.
    """

    def below(node: int) -> list[int]:
        return [v for p in shapes.predicates(node) for v in shapes.objects(node, shapes.key(p))]

    asking = {subject for subject, _ in shapes.pairs(sh("reifierShape"))}
    if asking and not asking.isdisjoint(asking if only is None else closure(only, below)):
        raise InputError("pyshacl does not know sh:reifierShape (SHACL 1.2)")
    return _results(data.terms, data.rows(), [*shapes.triples(), *more], only)


def _results(terms: Terms, data: Triples, shapes: Triples, only: Iterable[int] | None) -> list[Result]:
    wanted = None if only is None else {keys.to_rdflib(terms.keys[number]) for number in only}
    found = _run(_graph(terms, data), _graph(terms, shapes), wanted)
    return [
        _result(found, node, terms)
        for node in found.subjects(RDF.type, SH.ValidationResult)
        if (None, SH.detail, node) not in found
    ]


def _graph(terms: Terms, triples: Triples) -> Graph:
    node = cache(lambda number: keys.to_rdflib(terms.keys[number]))
    graph = Graph()
    for subject, predicate, value in triples:
        graph.add((node(subject), node(predicate), node(value)))
    return graph


def _run(data: Graph, shapes: Graph, wanted: set[Node] | None) -> Graph:
    # Not `pyshacl.validate`: it leaves `rdflib.NORMALIZE_LITERALS` on, for itself and for whatever is parsed
    # afterwards, and then "maybe"^^xsd:boolean is reported as false.
    try:
        # It prints what it raises, too; what it raises is told in one place, in our words.
        with warnings.catch_warnings(), keys.as_written(), redirect_stderr(io.StringIO()):
            from pyshacl import Validator
            from pyshacl.graph_abstraction import DataGraph

            warnings.simplefilter("ignore")  # of recursive shapes, and of odd literals
            validator: Any = Validator(DataGraph.from_rdflib(data), shacl_graph=shapes)
            found = validator.run()[1] if wanted is None else _run_some(validator, wanted)
    except Exception as error:  # beside its own errors, pyshacl lets out whatever Python raises inside it
        reason = " ".join((str(error) or type(error).__name__).split())[:300]
        raise InputError(f"pyshacl gives up on these shapes and data: {reason}") from error
    if not isinstance(found, Graph):
        raise InputError("the shapes cannot be used")
    return found


def _run_some(validator: Any, wanted: set[Node]) -> object:
    """Do what pyshacl's `Validator.run` does, for some of the shapes."""
    executor = validator.make_executor()
    conforms, reports = True, []
    for shape in validator.shacl_graph.shapes:
        if shape.node in wanted:
            good, found = shape.validate(executor, validator.data_graph)
            conforms = conforms and good
            reports.extend(found)
    return validator.create_validation_report(validator.shacl_graph, conforms, reports)[0]


def _result(found: Graph, node: Node, terms: Terms) -> Result:
    said = {predicate: keys.of_rdflib(value) for predicate, value in found.predicate_objects(node)}
    if not {SH.focusNode, SH.sourceConstraintComponent, SH.sourceShape} <= said.keys():
        raise InputError("the validation engine left a result without focus node, component or shape")

    def number(predicate: Node) -> int | None:
        return terms.intern(said[predicate]) if predicate in said else None

    path = found.value(node, SH.resultPath)
    messages = tuple(sorted(keys.of_rdflib(m) for m in found.objects(node, SH.resultMessage)))
    return Result(
        focus=terms.intern(said[SH.focusNode]),
        path=None if path is None else path_nodes.read(found, path),
        value=number(SH.value),
        component=said[SH.sourceConstraintComponent],
        shape=terms.intern(said[SH.sourceShape]),
        severity=said.get(SH.resultSeverity, sh("Violation")),
        message=best_message(messages) or "",
        messages=messages,
        constraint=number(SH.sourceConstraint),
    )
