"""Why a query has no rows: the first part of it that leaves no solution over.

The parts of a group are put together one by one, in the order of the text and its filters last, as SPARQL 1.1
means it (§18.2.2), until the engine finds nothing any more. A part that has no solution by itself is gone
into. Knows patterns and the engine; where they stand in a text is the reader's to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from math import inf
from time import monotonic
from typing import NamedTuple

from amcc_kg.graph.hints import occurs
from amcc_kg.graph.receipt import short
from amcc_kg.receipts.probe import Probe
from amcc_kg.sparql import printer, tree
from amcc_kg.sparql.tree import Element, Group, Select

_CONDITION = "this condition holds for nothing that its group finds"
_MINUS = "MINUS takes away all that is found before it"
_UNFIT = "this has solutions, but none that fits what stands before it"


_GONE_INTO = (tree.Group, tree.Union, tree.Graph, tree.SubSelect)


class Culprit(NamedTuple):
    """A part of a query, why nothing is left over there, and the pattern without a solution, if it is one."""

    part: object  # a pattern, a condition or a whole query, known by its identity
    reason: str
    claim: Group | None = None


class _Place(NamedTuple):
    """Where a group stands: the graphs that it is asked of, as written, the outermost first."""

    graphs: tuple[str, ...] = ()

    def __call__(self, *elements: Element) -> Group:
        """Return elements as they are asked there."""
        group = Group(elements)
        for name in reversed(self.graphs):
            group = Group((tree.Graph(name, group),))
        return group


def culprits(
    probe: Probe, query: tree.Query, given: tuple[Element, ...] = (), patience: float = inf
) -> Iterator[Culprit]:
    """Yield what leaves nothing over, of a UNION each side; nothing for a query that has rows.

    `given` stands before the query's pattern. Raises `TimeoutError` where the engine is to be asked once more
    after `patience` seconds.
    """
    return _Search(probe, query, monotonic() + patience).select(query.select, _Place(), given)


class _Search(NamedTuple):
    """The search for what leaves nothing over in one query."""

    probe: Probe
    query: tree.Query
    end: float  # until when the engine is asked

    def has(self, pattern: Group) -> bool:
        if monotonic() > self.end:
            raise TimeoutError("it takes too long to find out why there are no rows")
        return next(self.probe.solutions(pattern, limit=1), None) is not None

    def select(self, select: Select, place: _Place, given: tuple[Element, ...] = ()) -> Iterator[Culprit]:
        elements = (*given, *select.where.elements)
        # Without these a query has rows if its pattern has solutions.
        is_known = not (select.values or select.having or select.slice)
        of_pattern = self.group(elements, place, is_known=is_known)
        yield from _or(of_pattern, self.modifiers(select, elements, place))

    def modifiers(self, select: Select, elements: tuple[Element, ...], place: _Place) -> Iterator[Culprit]:
        """Yield which of what stands behind a pattern that has solutions leaves nothing over."""
        if select.values and not self.has(claim := place(*elements, select.values)):
            yield Culprit(select.values, "no row of VALUES fits what is found", claim)
            return
        whole = select._replace(where=Group(elements), order=(), slice="")
        rows = place(tree.SubSelect(whole, whole.columns))
        if select.having and not self.has(rows):
            yield Culprit(select.having[0], "HAVING leaves no group over", rows)
        elif select.slice:
            yield Culprit(select, f"{' '.join(select.slice.split())} leaves none of the rows over")

    def group(
        self, elements: tuple[Element, ...], place: _Place, *, is_known: bool = True
    ) -> Iterator[Culprit]:
        """Yield what leaves nothing over in a group; `is_known` says that something does."""
        ordered = tuple(_in_order(elements))
        # What has very many sides is asked about side by side only.
        is_sure = is_known and len(ordered) == 1 and isinstance(ordered[0], _GONE_INTO)
        end, known = len(ordered), list[Culprit]()
        for at, element in enumerate(ordered):
            if _is_plain(element) and not self.has(place(element)):
                end, known, is_sure = at + 1, list(self.within(element, place)), True
                break
        try:
            if not ordered or (not is_sure and self.has(place(*ordered))):
                return
            some = self.most(ordered[:end], place)
        except TimeoutError:
            if not known:
                raise
            some = end - 1  # perhaps not the first, but nothing is left over there either
        if known and some + 1 == end:
            yield from known
            return
        before, element, claim = ordered[:some], ordered[some], place(*ordered[: some + 1])
        if isinstance(element, tree.Filter):
            yield Culprit(element, _CONDITION, claim)
        elif isinstance(element, tree.Minus):
            yield Culprit(element, _MINUS, claim)
        elif before and self.has(place(element)):
            part = element.patterns[0] if isinstance(element, tree.Triples) else element
            yield Culprit(part, _UNFIT, claim)
        else:
            alone = [Culprit(element, "this has no solution", place(element))]
            yield from _or(self.within(element, place), iter(alone))

    def most(self, ordered: tuple[Element, ...], place: _Place) -> int:
        """Return how many of some parts, which together have no solution, have one."""
        # What is put to nothing gives nothing, so halves will do.
        some, end = 0, len(ordered)
        while end - some > 1:
            middle = (some + end) // 2
            if self.has(place(*ordered[:middle])):
                some = middle
            else:
                end = middle
        return some

    def within(self, element: Element, place: _Place) -> Iterator[Culprit]:
        """Yield what leaves nothing over inside of a part that has no solution by itself."""
        match element:
            case tree.Triples((pattern,)):
                yield Culprit(pattern, self.unmatched(element, place), place(element))
            case Group():
                yield from self.group(element.elements, place)
            case tree.Union():
                for branch in element.branches:
                    yield from self.group(branch.elements, place)
            case tree.Graph():
                yield from self.group(element.group.elements, _Place((*place.graphs, element.name)))
            case tree.SubSelect():
                yield from self.select(element.select, place)

    def unmatched(self, element: tree.Triples, place: _Place) -> str:
        """Return in words that nothing matches a pattern: terms that are nowhere, a graph that has it."""
        terms: dict[str, None] = {}

        def spell(term: str) -> str:
            terms[term] = None
            return "[]" if term.startswith(self.query.own) else term

        said = short(printer.body(Group((element,)), spell=spell)).removesuffix(" .")
        constants = self.probe.constants
        unknown = [t for t in terms if t in constants and not occurs(self.probe.store, constants[t])]
        named = tree.Graph(f"{self.query.own}g", Group((element,)))
        scope, more = "the graph", ""
        if place.graphs:
            name = short(place.graphs[-1])
            scope = f"any graph of GRAPH {name}" if tree.is_variable(name) else f"the graph {name}"
            more = ", but the default graph has a match, so without GRAPH there is one"
            more *= self.has(Group((element,)))
        elif self.has(Group((named,))):
            scope, more = "the default graph", ", but a named graph has a match, so within GRAPH there is one"
        elif self.query.defaults:
            scope = "the graphs of FROM"
        elif self.query.named:
            scope = "the default graph, which is empty with FROM NAMED alone,"
        if unknown:
            more = f"; {' and '.join(map(short, unknown))} occur{'s' * (len(unknown) == 1)} nowhere"
        return f"nothing in {scope} matches {said}{more}"


def _or(found: Iterator[Culprit], others: Iterator[Culprit]) -> Iterator[Culprit]:
    """Yield what was found, or the others where that is nothing."""
    first = next(found, None)
    yield from others if first is None else chain([first], found)


def _is_plain(element: Element) -> bool:
    """Tell whether a part is a triple pattern without a path, which takes no time by itself."""
    return isinstance(element, tree.Triples) and isinstance(element.patterns[0].predicate, str)


def _in_order(elements: tuple[Element, ...]) -> Iterator[Element]:
    """Yield the parts of a group as they are put together: triple patterns one by one, conditions last."""
    for element in elements:
        if isinstance(element, tree.Triples):
            yield from (tree.Triples((pattern,)) for pattern in element.patterns)
        elif not isinstance(element, tree.Filter):
            yield element
    yield from (element for element in elements if isinstance(element, tree.Filter))
