"""Triples that refute a claim of absence: for a pattern, what a graph would have to hold for it to match.

A graph that holds what a receipt shows, and these besides, and in which no absence of the receipt is untrue,
must still give the row: if not, the receipt leaves an absence out. Knows the ways in which a pattern can
match; which terms its conditions allow is the engine's to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, islice, product
from typing import TypeAlias, cast

from pyoxigraph import BlankNode, NamedNode, QueryTriples, Store, Triple

from amcc_kg.graph.answers import Term
from amcc_kg.sparql import printer, tree
from amcc_kg.sparql.tokens import variables
from amcc_kg.terms import prefixes

_MOST_WAYS = 16  # in which one pattern may match, that are tried
_MOST_VALUES = 3  # variables for which values are sought
_MADE_UP = "urn:made-up:"
_YEARS = ("0001", "9999")
_XSD_TIMES = {"date": "", "dateTime": "T00:00:00Z"}
_SAMPLES = (
    *("''", "'zzz'", "true", "false", "-1000000000", "0", "1000000000"),
    *(f"'{y}-12-31{rest}'^^<{prefixes.XSD}{kind}>" for kind, rest in _XSD_TIMES.items() for y in _YEARS),
)

# Triple patterns, and the conditions that their variables must fulfil.
Way: TypeAlias = tuple[tuple[tree.TriplePattern, ...], tuple[tree.Element, ...]]


def ways(pattern: tree.Group) -> list[Way]:
    """Return ways in which a pattern can match."""
    return _ways(pattern)[:_MOST_WAYS]


def instances(query: tree.Query, way: Way, solutions: Sequence[Mapping[str, Term]]) -> set[Triple]:
    """Return triples that make a pattern of a query match in some way.

    `solutions` are those that it is to match with: what they bind is put in the place of variables.
    """
    return {triple for solution in solutions or [{}] for triple in _instance(query, *way, solution)}


def _instance(
    query: tree.Query,
    patterns: tuple[tree.TriplePattern, ...],
    conditions: tuple[tree.Element, ...],
    solution: Mapping[str, Term],
) -> list[Triple]:
    template = printer.body(tree.Group((tree.Triples(patterns),)))
    conditioned = printer.body(tree.Group(conditions))
    given = frozenset[str]().union(*map(tree.visible, conditions)) - solution.keys()
    asked = frozenset(variables(conditioned)) - given - solution.keys()
    nodes = {str(term) for pattern in patterns for term in pattern[:2]}
    values: list[str] = []
    nameless: dict[object, BlankNode] = {}
    for number, name in enumerate(sorted({*variables(template), *asked} - given)):
        made_up = f"<{_MADE_UP}{name[1:]}>"
        options = [made_up]
        if (term := solution.get(name)) is not None:
            options = [made_up if isinstance(term, BlankNode) else str(term)]
            if isinstance(term, BlankNode):
                nameless[NamedNode(made_up[1:-1])] = term
        elif name in asked and number < _MOST_VALUES:
            written = sorted(query.constants)
            # Where only an IRI may stand, no literal.
            options += [c for c in written if c[0] == "<"] if name in nodes else [*written, *_SAMPLES]
        values.append(f"VALUES {name} {{ {' '.join(options)} }}")
    text = f"{query.prologue}CONSTRUCT {{ {template} }} WHERE {{ {' '.join(values)} {conditioned} }} LIMIT 3"
    try:
        found = cast("QueryTriples", Store().query(text))
        return [
            Triple(nameless.get(t.subject, t.subject), t.predicate, nameless.get(t.object, t.object))
            for t in found
        ]
    except (SyntaxError, ValueError, RuntimeError):
        return []  # another way, or none, will do


def _ways(group: tree.Group) -> list[Way]:
    found: list[Way] = [((), ())]
    for element in group.elements:
        both = islice(product(found, _ways_of(element)), _MOST_WAYS)
        found = [(patterns + more, conditions + others) for (patterns, conditions), (more, others) in both]
    return found


def _ways_of(element: tree.Element) -> list[Way]:
    match element:
        case tree.Triples():
            fresh = (f"?between{number}" for number in count())
            return [(tuple(step for p in element.patterns for step in _steps(*p, fresh)), ())]
        case tree.Group():
            return _ways(element)
        case tree.Graph():
            return _ways(element.group)
        case tree.Union():
            return [way for branch in element.branches for way in _ways(branch)]
        case tree.Optional():
            return [((), ()), *_ways(element.group)]
        case tree.SubSelect():
            return _ways(element.select.where)
        case tree.Filter() | tree.Bind() if not element.expression.patterns:
            return [((), (element,))]
        case tree.Filter() if group := demanded(element):
            return _ways(group)
        case tree.Values():
            return [((), (element,))]
    return [((), ())]


def _steps(subject: str, path: tree.Path, object_: str, fresh: Iterator[str]) -> Iterator[tree.TriplePattern]:
    """Yield triple patterns that are a way along a path, a short one."""
    match path:
        case str():
            yield tree.TriplePattern(subject, path, object_)
        case tree.Inverse(inner):
            yield from _steps(object_, inner, subject, fresh)
        case tree.Sequence((*first, last)):
            for step in first:
                between = next(fresh)
                yield from _steps(subject, step, between, fresh)
                subject = between
            yield from _steps(subject, last, object_, fresh)
        case tree.Alternative((first, *_)) | tree.Repeat(first, _):
            yield from _steps(subject, first, object_, fresh)
        case tree.Negated(forwards, _):
            ends = (subject, object_) if forwards is not None else (object_, subject)
            yield tree.TriplePattern(ends[0], f"<{_MADE_UP}predicate>", ends[1])


def demanded(condition: tree.Filter) -> tree.Group | None:
    """Return the pattern of a condition that is EXISTS and nothing else; None for any other."""
    parts = condition.expression.parts
    exists = parts[0] if len(parts) == 1 else None
    return exists.group if isinstance(exists, tree.Exists) and not exists.negated else None
