"""One walk through a pattern under one of its solutions: what each operator contributes.

The solution binds every variable of the pattern and the marks of its OPTIONALs and UNIONs, so what to follow
is known and nothing is searched for but the ways of paths. Knows operators; how subqueries, conditions and
paths are followed is asked of the tracer.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from amcc_kg.receipts import path_solutions
from amcc_kg.receipts.conditions import deciding
from amcc_kg.receipts.witnesses import Witness, gap, joined
from amcc_kg.sparql import printer
from amcc_kg.sparql.scope import certain, inner_row, visible
from amcc_kg.sparql.tree import (
    Bind,
    Element,
    Filter,
    Graph,
    Group,
    Minus,
    Optional,
    SubSelect,
    TriplePattern,
    Triples,
    Union,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyoxigraph import Quad

    from amcc_kg.graph.answers import Term
    from amcc_kg.receipts.probe import Solution
    from amcc_kg.receipts.tracer import Tracer


class Walk:
    """One walk through a pattern; gathers quads first, so that paths, and then EXISTS, can share them."""

    def __init__(self, tracer: Tracer, solution: Solution, every: bool, outer: frozenset[str]) -> None:
        """Walk for a tracer under a solution; `every` and `outer` are as for `Tracer.walk`."""
        self._outer = outer
        self._tracer = tracer
        self._every = every
        self._solution = solution
        self._quads: set[Quad] = set()
        self._paths: list[path_solutions.Leg] = []
        self._parts: list[Witness] = []
        self._conditions: list[Callable[[frozenset[Quad]], Witness]] = []
        self._graphs: dict[Term, None] = {}

    def witness(self) -> Witness:
        """Return all that was gathered."""
        if not (self._paths or self._parts or self._conditions or self._graphs):
            return Witness(frozenset(self._quads))
        found, missed = self._tracer.ways.shortest(self._paths, self._quads)
        gaps = frozenset(f"no way was found again along {path}" for path in missed)
        whole = joined([Witness(frozenset(self._quads | found), gaps=gaps), *self._parts])
        for condition in self._conditions:
            whole |= condition(whole.quads)
        shown = {quad.graph_name for quad in whole.quads}
        bare = frozenset(f"the graph {name} is there" for name in self._graphs if name not in shown)
        return whole._replace(remarks=whole.remarks | bare) if bare else whole

    def group(self, group: Group, graph: Term | None, scope: frozenset[str] = frozenset()) -> None:
        """Walk through a group; `scope` are variables that its filters see besides its own."""
        for index, element in enumerate(group.elements):
            if isinstance(element, (Minus, Filter, Bind)):
                # A filter sees its whole group; MINUS and BIND what stands before them.
                upto = len(group.elements) if isinstance(element, Filter) else index
                self._condition(element, Group(group.elements[:upto]), graph, scope)
            elif isinstance(element, Optional):
                self._optional(element, Group(group.elements[:index]), graph)
            else:
                self._element(element, graph)

    def _optional(self, element: Optional, before: Group, graph: Term | None) -> None:
        names = self._bound(before)
        if element.mark in self._solution:
            self.group(element.group, graph, names)
        else:
            seen = {n: t for n, t in self._solution.items() if n in names}
            self._parts.append(self._tracer.absent(element.group, seen, graph, joined=True))

    def _element(self, element: Element, graph: Term | None) -> None:
        tracer, solution = self._tracer, self._solution
        match element:
            case Triples():
                for pattern in element.patterns:
                    self._triple(pattern, graph)
            case Group():
                self.group(element, graph)
            case Union():
                side = solution.get(element.mark)
                if side is None:
                    self._parts.append(gap("it is not known which side of a UNION gave this"))
                else:
                    self.group(element.branches[int(getattr(side, "value", 0))], graph)
            case Graph():
                name = tracer.asked.term(element.name, solution)
                if name is None:
                    self._parts.append(tracer.somewhere(element, solution))
                else:
                    self._graphs[name] = None
                    self.group(element.group, name)
            case SubSelect():
                self._parts.append(tracer.inside(element, solution, graph, every=self._every))

    def _condition(
        self, element: Minus | Filter | Bind, before: Group, graph: Term | None, scope: frozenset[str]
    ) -> None:
        if isinstance(element, Minus):
            shared = self._bound(before) & visible(element.group)
            sure = certain(before) & certain(element.group)
            seen = {n: t for n, t in self._solution.items() if n in shared}
            if shared and (shared <= sure or self._is_absent(element.group, seen, graph)):
                self._parts.append(self._tracer.absent(element.group, seen, graph))
        elif element.expression.patterns:
            names = self._bound(before) | scope
            seen = {n: t for n, t in self._solution.items() if n in names}
            value = isinstance(element, Bind)
            decided = partial(deciding, self._tracer, element.expression, seen, graph, value=value)
            self._conditions.append(lambda held: decided(held=held))

    def _bound(self, element: Element) -> frozenset[str]:
        """Return the variables that this part of the pattern bound, and those bound from outside.

        What is only around it may bind others that the part could have bound.
        """
        solution, bound = self._solution, self._bound
        match element:
            case Group():
                return self._outer.union(*map(bound, element.elements))
            case Union():
                side = solution.get(element.mark)
                return bound(element.branches[int(getattr(side, "value", 0))])
            case Optional():
                return bound(element.group) if element.mark in solution else frozenset()
            case Graph():
                return bound(element.group) | {element.name}
            case SubSelect():
                pairs = zip(element.select.columns, inner_row(element), strict=True)
                return frozenset(name for name, copy in pairs if copy in solution)
            case _:
                return frozenset(name for name in visible(element) if name in solution)

    def _is_absent(self, pattern: Group, seen: Solution, graph: Term | None) -> bool:
        found = self._tracer.asked.solutions(pattern, graph, given=seen, limit=1)
        return next(iter(found), None) is None

    def _triple(self, pattern: TriplePattern, graph: Term | None) -> None:
        asked, solution = self._tracer.asked, self._solution
        subject, object_ = asked.term(pattern.subject, solution), asked.term(pattern.object, solution)
        if not isinstance(pattern.predicate, str):
            if subject is None or object_ is None:
                self._parts.append(gap("an end of a path is not known"))
            else:
                self._paths.append(path_solutions.Leg(subject, pattern, object_, graph))
            return
        predicate = asked.term(pattern.predicate, solution)
        known = None not in (subject, predicate, object_)
        found = asked.quads(subject, predicate, object_, graph) if known else []
        if found:
            self._quads.add(found[0])
        else:
            text = printer.body(Group((Triples((pattern,)),)))
            self._parts.append(gap(f"the triple of the pattern {text} was not found again"))
