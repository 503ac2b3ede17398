"""One validation: data and shapes in, a report out, by the engine that is asked for.

`columns` is the default: everything that `amcc_kg.validation.engine.columns` reads, and pyshacl for the
shapes that it does not. `pyshacl` is the reference by itself. `both` runs the two and ends with an error if
they differ; where pyshacl gives up (at a blank node under `sh:lessThan`), so does `both`, as there is nothing
to compare.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from amcc_kg.syntax.reading import Terms
from amcc_kg.terms import keys
from amcc_kg.terms.errors import EngineError, InputError
from amcc_kg.terms.spelling import nearest
from amcc_kg.validation.engine import columns, processes
from amcc_kg.validation.engine.results import best_message
from amcc_kg.validation.findings import remarks
from amcc_kg.validation.findings.findings import Finding, Severity, report
from amcc_kg.validation.findings.notices import UNSUPPORTED, UnvalidatedError
from amcc_kg.validation.shapes import property_paths
from amcc_kg.validation.shapes.shapes_graph import Unreadable
from amcc_kg.validation.shapes.vocabulary import sh

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from rdflib import Graph

    from amcc_kg.validation.engine.columns import Data, Result, Shapes, ShapesGraph
    from amcc_kg.validation.engine.scope import Scope
    from amcc_kg.validation.findings.findings import Report
    from amcc_kg.validation.shapes.shape import Shape

GivenUp: TypeAlias = "dict[int, InputError]"
"""The shapes at which pyshacl stops, and what it says then."""

ENGINES = ("columns", "pyshacl", "both")
_BROKEN = "the shapes cannot be used: they break SHACL's rules"
_UNSUPPORTED = "the shapes cannot be used: they ask for entailment that is not supported"
_SEVERITIES = {sh("Warning"): Severity.WARNING, sh("Info"): Severity.INFO}


def validate(
    data: Graph,
    shapes: Graph,
    ontology: Graph | None = None,
    *,
    engine: str = "columns",
    strict: bool = False,
) -> Report:
    """Validate a data graph against a shapes graph, both of them rdflib's.

    Args:
        data: the data graph; parsed with `rdflib.NORMALIZE_LITERALS` off, or ill-formed literals go unseen.
        shapes: the shapes graph.
        ontology: classes, properties and individuals that the shapes ask about; they count as data.
        engine: one of `ENGINES`.
        strict: whether what the verdict does not cover is itself a finding.

    Raises:
        InputError: the shapes graph holds no shape with a target, or a shape cannot be used; it is an
            `amcc_kg.validation.findings.notices.UnvalidatedError`, which says what may explain it.
        EngineError: `engine` is `both` and the two differ.
    """
    terms = Terms()
    whole = columns.Data(terms)
    for graph in (data, ontology):
        if graph is not None:
            whole.add(*numbers(graph, terms))
    given = columns.ShapesGraph(terms)
    given.add(*numbers(shapes, terms))
    return evaluate(whole, given, engine=engine, strict=strict)


def evaluate(
    data: Data,
    shapes: ShapesGraph,
    *,
    engine: str = "columns",
    strict: bool = False,
    jobs: int = 1,
    scope: Scope | None = None,
) -> Report:
    """Validate data against shapes, both of them numbers of one table of terms; as `validate` otherwise.

    `jobs` is the number of processes to use at most; more than one pays from about 100,000 triples on.
    `scope` tells which of the data are asked about; all of them without it.
    """
    if engine not in ENGINES:
        raise InputError(f"unknown engine {engine!r}; one of {', '.join(ENGINES)}{nearest(engine, ENGINES)}")
    read = columns.read(shapes)
    _refuse(data, read, scope)
    given_up: GivenUp = {}
    try:
        found = (
            _by_columns(data, read, jobs, given_up) if engine == "columns" else results(data, read, engine)
        )
        if given_up and (not found or remarks.fatal(read, queries=True)):
            raise next(iter(given_up.values()))
    except InputError as error:
        flaws = remarks.ill_formed(read, queries=True)
        # Where the place and the rule can be told, the words of pyshacl say less.
        raise UnvalidatedError(_BROKEN if flaws else str(error), "shapes", flaws) from error
    severe = shapes_above(shapes)
    findings = [_finding(result, data.terms.keys, severe, shapes) for result in found]
    said = [*remarks.given_up(read, given_up), *remarks.of(data, read, scope)]
    if strict:
        findings += [notice.finding() for notice in said if notice.severity is not Severity.INFO]
    return report(findings, said)


def _refuse(data: Data, shapes: Shapes, scope: Scope | None) -> None:
    """Raise `UnvalidatedError` where no verdict would be worth anything."""
    if not any(shape.targets for shape in shapes):
        reason = "the shapes graph holds no shape with a target; nothing would be validated"
        raise UnvalidatedError(reason, "shapes", remarks.of_shapes(shapes, data, scope))
    if fatal := remarks.fatal(shapes):
        asked = all(notice.kind == UNSUPPORTED for notice in fatal)
        raise UnvalidatedError(_UNSUPPORTED if asked else _BROKEN, "shapes", fatal)
    if not len(data) and not any(shape.targets.nodes for shape in shapes.targeted()):
        raise UnvalidatedError("the data graph is empty; nothing would be validated", "data")


def results(data: Data, shapes: Shapes, engine: str, jobs: int = 1) -> list[Result]:
    """Return the results of an engine, repeated ones included; raises as `validate` does."""
    if engine == "pyshacl":
        from amcc_kg.validation.engine import reference

        return reference.results(data, shapes.graph)
    found = _by_columns(data, shapes, jobs)
    if engine == "both":
        from amcc_kg.validation.engine import reference

        _compare(found, reference.results(data, shapes.graph), data.terms.keys)
    return found


def _by_columns(data: Data, shapes: Shapes, jobs: int, given_up: GivenUp | None = None) -> list[Result]:
    """Return the results; `given_up` takes the shapes at which pyshacl stops, which else is an error."""
    evaluator = columns.Evaluator(data, shapes)
    evaluator.refer = partial(_refer, data, shapes)
    evaluator.describe = partial(_described, shapes.graph)
    left: list[int] = []
    mine: list[Shape] = []
    for shape in shapes.targeted():
        if shapes.unread(shape) is None:
            mine.append(shape)
        elif evaluator.focus_nodes(shape):
            left.append(shape.number)
    found, doubted = processes.results(evaluator, mine, jobs)
    return found + by_reference(data, shapes.graph, left + doubted, given_up)


def _described(graph: ShapesGraph, shape: int) -> str:
    from amcc_kg.validation.advice.shape_words import Described

    described = Described(graph)
    below = graph.objects(shape, sh("property"))
    return "; ".join(words for number in (shape, *below) for words in described.constraints(number))


def _refer(
    data: Data, shapes: Shapes, shape: Shape, node: int, foci: AbstractSet[int], local: bool
) -> list[Result]:
    from amcc_kg.validation.engine import reference

    try:
        return reference.constraint(data, shapes.graph, shape, node, foci, local)
    except InputError as error:
        raise Unreadable(str(error)) from error  # then the whole shape is left to it, and told apart


def by_reference(
    data: Data, shapes: ShapesGraph, left: list[int], given_up: GivenUp | None = None
) -> list[Result]:
    """Return the results of the shapes that are left to pyshacl; `given_up` as for `_by_columns`."""
    if not left:
        return []
    from amcc_kg.validation.engine import reference

    try:
        return reference.results(data, shapes, left)
    except InputError as error:
        if given_up is None:
            raise
        if len(left) == 1:
            given_up[left[0]] = error
            return []
    # One by one, so that what stops it at one shape hides nothing that another finds.
    return [result for shape in left for result in by_reference(data, shapes, [shape], given_up)]


def _compare(ours: list[Result], theirs: list[Result], known: list[str]) -> None:
    """Raise `EngineError` unless both are the same results, each as often."""
    mine, others = (Counter(result.identity(known) for result in some) for some in (ours, theirs))
    if mine == others:
        return
    lines = [f"only {who}: {_told(r)}" for who, some in _differences(mine, others) for r in some.elements()]
    more = f" and {len(lines) - 4} more" if len(lines) > 4 else ""
    raise EngineError(
        f"the engines differ, and one of them is wrong; please report it: {'; '.join(lines[:4])}{more}"
    )


def _differences(
    mine: Counter[_Identity], others: Counter[_Identity]
) -> list[tuple[str, Counter[_Identity]]]:
    return [("the default engine", mine - others), ("pyshacl", others - mine)]


def _told(identity: _Identity) -> str:
    focus, path, value, component, shape, _ = identity
    words = [focus, property_paths.text(path), value, component.rsplit("#")[-1].rstrip(">"), shape]
    return " ".join(word for word in words if word)


def numbers(graph: Graph, terms: Terms) -> tuple[list[int], list[int], list[int]]:
    """Return subjects, predicates and objects of a graph of rdflib's as numbers of terms."""
    known: dict[object, int] = {}
    found: tuple[list[int], list[int], list[int]] = ([], [], [])
    for triple in graph:
        for column, node in zip(found, triple, strict=True):
            number = known.get(node)
            if number is None:
                number = known[node] = terms.intern(keys.of_rdflib(node))
            column.append(number)
    return found


def _finding(result: Result, known: list[str], above: _Above, shapes: ShapesGraph) -> Finding:
    messages = _messages(result, shapes)
    return Finding(
        severity=_SEVERITIES.get(result.severity, Severity.VIOLATION),
        message=best_message(messages) or result.message,
        focus_key=known[result.focus],
        route=result.path,
        value_key=None if result.value is None else known[result.value],
        component_key=result.component,
        source_shape_key=known[result.shape],
        shape_key=above.named(result.shape),
        severity_key=result.severity,
        messages=messages,
        constraint_key=None if result.constraint is None else known[result.constraint],
    )


def _messages(result: Result, shapes: ShapesGraph) -> tuple[str, ...]:
    """Return the messages in every language; pyshacl loses the tags of those that it has filled in."""
    from amcc_kg.validation.components.sparql_constraints import filled_from, messages_of

    nodes = (result.shape,) if result.constraint is None else (result.constraint, result.shape)
    told = messages_of(shapes, *nodes)
    if not result.messages or all(keys.language(key) for key in result.messages):
        return result.messages or told
    return tuple(filled_from(key, told) for key in result.messages)


class _Above:
    """Which subjects lead to a node of the shapes graph; made when first asked about a blank node."""

    def __init__(self, graph: ShapesGraph) -> None:
        self._graph = graph
        self._above: dict[int, set[int]] | None = None
        self._known: dict[int, str | None] = {}

    def named(self, node: int) -> str | None:
        """Return the shape itself if it has an IRI, else the nearest subject with one that leads to it."""
        key = self._graph.key(node)
        if key[0] == "<":
            return key
        if node not in self._known:
            self._known[node] = self._search(node)
        return self._known[node]

    def _search(self, node: int) -> str | None:
        if self._above is None:
            self._above = {}
            for subject, _, value in self._graph.triples():
                self._above.setdefault(value, set()).add(subject)
        seen: set[int] = set()
        nodes: Iterable[int] = {node}
        while nodes:
            texts = sorted(key for n in nodes if (key := self._graph.key(n))[0] == "<")
            if texts:
                return texts[0]
            seen.update(nodes)
            nodes = {s for n in nodes for s in self._above.get(n, ())} - seen
        return None


def shapes_above(graph: ShapesGraph) -> _Above:
    """Return the way from blank nodes of a shapes graph to the shapes with an IRI around them."""
    return _Above(graph)


if TYPE_CHECKING:
    _Identity = tuple[str, property_paths.Path | None, str, str, str, str]
