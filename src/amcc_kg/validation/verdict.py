"""One validation: data and shapes in, a report out; of what is found, and of what the verdict leaves open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from amcc_kg.syntax.reading import Terms
from amcc_kg.terms import keys
from amcc_kg.terms.errors import InputError
from amcc_kg.terms.spelling import nearest
from amcc_kg.validation import salvage
from amcc_kg.validation.advice import Described
from amcc_kg.validation.components import reader
from amcc_kg.validation.engine import engines
from amcc_kg.validation.engine.data import Data, rows_of
from amcc_kg.validation.engine.evaluation import FailureError, Shapes
from amcc_kg.validation.engine.results import Result, best_message, filled_from, messages_of
from amcc_kg.validation.findings import notices
from amcc_kg.validation.findings.report import Finding, Report, Severity, report
from amcc_kg.validation.reasons import Reasons
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph
from amcc_kg.validation.shapes.vocabulary import sh

if TYPE_CHECKING:
    from rdflib import Graph

INFERENCE = ("none", "rdfs", "owl-rl")
"""What may be inferred from the data before they are validated."""

BROKEN = "the shapes cannot be used: they break SHACL's rules"
_UNSUPPORTED = "the shapes cannot be used: they ask for entailment that is not supported"
_SEVERITIES = {sh("Warning"): Severity.WARNING, sh("Info"): Severity.INFO}


def validate(
    data: Graph,
    shapes: Graph,
    ontology: Graph | None = None,
    *,
    engine: str = "columns",
    inference: str = "none",
    strict: bool = False,
) -> Report:
    """Validate a data graph against a shapes graph, both of them rdflib's.

    `data` are parsed with `rdflib.NORMALIZE_LITERALS` off, or ill-formed literals go unseen. `ontology` holds
    classes, properties and individuals that the shapes ask about, and counts as data. `engine` is one of
    `amcc_kg.validation.ENGINES`; with `strict`, what the verdict does not cover is itself a finding.

    `inference` is one of `INFERENCE`: what follows from the data by it counts as data, too.

    Raises `InputError` if the shapes graph holds no shape with a target, or a shape cannot be used: an
    `UnvalidatedError`, which says what may explain it. Raises `EngineError` if the engines of `both` differ.
    """
    terms = Terms()
    whole = Data(terms)
    for graph in (data, ontology):
        if graph is not None:
            whole.add(*rows_of(graph, terms))
    given = ShapesGraph(terms)
    given.add(*rows_of(shapes, terms))
    return evaluate(whole, given, engine=engine, inference=inference, strict=strict)


def evaluate(
    data: Data,
    shapes: ShapesGraph,
    *,
    engine: str = "columns",
    inference: str = "none",
    strict: bool = False,
    jobs: int = 1,
    scope: notices.Scope | None = None,
    ill_formed: str = salvage.WAYS[0],
) -> Report:
    """Validate data against shapes, both of them numbers of one table of terms; as `validate` otherwise.

    `jobs` is the number of processes to use at most; more than one pays from about 100,000 triples on.
    `scope` tells which of the data are asked about; all of them without it. `ill_formed` is one of
    `salvage.WAYS`.
    """
    if engine not in engines.ENGINES:
        known = engines.ENGINES
        raise InputError(f"unknown engine {engine!r}; one of {', '.join(known)}{nearest(engine, known)}")
    if ill_formed == "skip":
        read, without = salvage.salvaged(shapes, strict)
        shapes = read.graph
    else:
        read, without = reader.read(shapes, strict), []
    _refuse(data, read, scope)
    entailed = None
    if (regime := notices.regime(shapes, inference)) != INFERENCE[0]:
        from amcc_kg.validation.entailment import Entailed  # the reasoner, which few ask for

        entailed = Entailed(data, regime)
    given_up: engines.GivenUp = {}
    uncompared: engines.Uncompared = []
    referred: engines.Referred = {}
    describe = Described(shapes).with_properties
    try:
        found = engines.results(
            data,
            read,
            engine,
            jobs=jobs,
            given_up=given_up,
            uncompared=uncompared,
            referred=referred,
            describe=describe,
        )
        if given_up and (not found or notices.fatal(read, queries=True)):
            raise next(iter(given_up.values()))
    except FailureError as error:
        failed = notices.failed(read, error)
        raise notices.UnvalidatedError(str(error), "shapes", [failed]) from error
    except InputError as error:
        flaws = notices.ill_formed(read, queries=True)
        # Where the place and the rule can be told, the words of pyshacl say less.
        raise notices.UnvalidatedError(BROKEN if flaws else str(error), "shapes", flaws) from error
    named, reasons = _names(shapes), Reasons(data, read, entailed)
    findings = [
        replace(_finding(result, shapes, named), grounds=tuple(reasons.grounds(result))) for result in found
    ]
    said = [*without, *notices.given_up(read, given_up), *notices.uncompared(read, uncompared)]
    said += [*notices.left(read, referred), *notices.of(data, read, scope, bool(found))]
    if strict:
        findings += [notices.finding(notice) for notice in said if notice.severity is not Severity.INFO]
    return report(findings, said)


def _refuse(data: Data, shapes: Shapes, scope: notices.Scope | None) -> None:
    """Raise `UnvalidatedError` where no verdict would be worth anything."""
    if not any(shape.targets for shape in shapes):
        reason = "the shapes graph holds no shape with a target; nothing would be validated"
        raise notices.UnvalidatedError(reason, "shapes", notices.of_shapes(shapes, data, scope))
    if fatal := notices.fatal(shapes):
        asked = all(notice.kind == notices.UNSUPPORTED for notice in fatal)
        raise notices.UnvalidatedError(_UNSUPPORTED if asked else BROKEN, "shapes", fatal)
    if not len(data) and not any(shape.targets.nodes for shape in shapes.targeted()):
        raise notices.UnvalidatedError("the data graph is empty; nothing would be validated", "data")


def _finding(result: Result, shapes: ShapesGraph, named: Callable[[int], str | None]) -> Finding:
    messages, known = _messages(result, shapes), shapes.terms.keys
    return Finding(
        severity=_SEVERITIES.get(result.severity, Severity.VIOLATION),
        message=best_message(messages) or result.message,
        focus_key=known[result.focus],
        route=result.path,
        value_key=None if result.value is None else known[result.value],
        component_key=result.component,
        source_shape_key=known[result.shape],
        shape_key=named(result.shape),
        severity_key=result.severity,
        messages=messages,
        constraint_key=None if result.constraint is None else known[result.constraint],
        counted_keys=tuple(known[one] for one in result.counted),
        details=tuple(_finding(detail, shapes, named) for detail in result.details),
    )


def _messages(result: Result, shapes: ShapesGraph) -> tuple[str, ...]:
    """Return the messages in every language; pyshacl loses the tags of those that it has filled in."""
    told = messages_of(shapes, *(n for n in (result.constraint, result.shape) if n is not None))
    if not result.messages or all(keys.language(key) for key in result.messages):
        return result.messages or told
    return tuple(filled_from(key, told) for key in result.messages)


def _names(graph: ShapesGraph) -> Callable[[int], str | None]:
    """Return what tells the IRI of a shape, or of the nearest subject with one that leads to a blank node."""
    owners: dict[int, set[int]] = {}
    for subject, _, value in graph.triples():
        owners.setdefault(value, set()).add(subject)

    @cache
    def named(node: int) -> str | None:
        seen, nodes = set[int](), {node}
        while nodes:
            if iris := [key for key in map(graph.key, nodes) if key[0] == "<"]:
                return min(iris)
            seen |= nodes
            nodes = {owner for n in nodes for owner in owners.get(n, ())} - seen
        return None

    return named
