"""Why a row is an answer: the pattern of a query walked through under one of its solutions.

The engine gives the solutions of the marked pattern with a row's bindings in place; what each operator rests
on is then read off: see the table in the package's docstring. Expressions are decided by the engine. Knows
quads; nothing of inference or passages.
"""

from __future__ import annotations

import heapq
from itertools import islice
from typing import TYPE_CHECKING

from amcc_kg.receipts import absences, groups, path_solutions
from amcc_kg.receipts.expansion import opened
from amcc_kg.receipts.probe import Asked
from amcc_kg.receipts.volatility import volatile
from amcc_kg.receipts.walk import Walk
from amcc_kg.receipts.witnesses import Witness, gap, joined, smallest
from amcc_kg.sparql import printer
from amcc_kg.sparql.scope import certain, inner_row, subselects, visible
from amcc_kg.sparql.tree import Bind, Exists, Filter, Graph, Group, Query, Select, SubSelect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pyoxigraph import Quad, Store

    from amcc_kg.graph.answers import Term
    from amcc_kg.receipts.probe import Solution

    Rows = Iterable[tuple[Term | None, ...]]

CANDIDATES = 200  # solutions of one row that are compared for the smallest witness
MOST = 1_000_000  # solutions of one page that are looked through


class Tracer:
    """Finds the witnesses of one query's rows over one store."""

    def __init__(
        self,
        store: Store,
        query: Query,
        parameters: Mapping[str, Term] | None = None,
        weight: Callable[[Quad], int] = lambda quad: 0,
    ) -> None:
        """Trace a query; between witnesses of one size, the one whose quads weigh least is taken."""
        self.query = query
        self.asked = Asked(store, query, parameters or {})
        self.weight = weight
        self.ways = path_solutions.Ways(self.asked)
        self._inner: dict[tuple[int, Term | None, tuple[Term | None, ...], bool], Witness] = {}
        self._opened: list[Group] = []
        self._exists: dict[tuple[int, Term | None, frozenset[tuple[str, Term]]], list[Witness]] = {}

    def rows(self, columns: tuple[str, ...], rows: Rows) -> dict[tuple[Term | None, ...], Witness]:
        """Return a witness for each row of a SELECT; `columns` are its names without `?`."""
        return self.select(self.query.select, tuple(f"?{name}" for name in columns), rows)

    def solution(self) -> Witness | None:
        """Return a smallest witness of some solution of the query's pattern, None if it has none."""
        # Without its slice: what is sought is a solution, and where it stands is another matter.
        select = self.query.select._replace(order="", slice="")
        if select.is_grouped or select.having or select.values:
            text = printer.select(select, self.asked.dataset)
            rows = list(islice(self.asked.rows(text, select.columns), 1))
            return self.select(select, select.columns, rows)[rows[0]] if rows else None
        found = list(islice(self.asked.solutions(select.where), CANDIDATES))
        self.prepare(select.where, found, None)
        return smallest((self.walk(select.where, s, None) for s in found), self.weight) if found else None

    def select(
        self,
        select: Select,
        columns: tuple[str, ...],
        rows: Rows,
        graph: Term | None = None,
        *,
        every: bool = False,
    ) -> dict[tuple[Term | None, ...], Witness]:
        """Return a witness for each row of a query or subquery asked of a graph.

        With `every`, for a subquery whose rows are counted: that of all solutions that give the row.
        """
        wanted = dict.fromkeys(rows)
        if select.is_grouped:
            return groups.select(self, select, columns, list(wanted), graph, every)
        every = every and select.distinct != "DISTINCT"
        pattern = self.opened(computed(select)) if every else computed(select)
        changing = volatile(pattern) & set(columns)
        firm = [index for index, name in enumerate(columns) if name not in changing]
        rests = [tuple(row[index] for index in firm) for row in wanted]
        names = tuple(columns[index] for index in firm)
        known = self._solutions(pattern, names, rests, graph, every)
        self.prepare(pattern, [s for some in known.values() for s in some], graph, every=every)
        witnesses = {}
        for row, rest in zip(wanted, rests, strict=True):
            solutions = known[rest]
            if changing and len(solutions) > 1:
                new = ", ".join(sorted(changing))
                witnesses[row] = gap(f"{new} is new each time: which solution gave this row is not known")
            elif every and solutions:
                witnesses[row] = joined(self.walk(pattern, s, graph, every=True) for s in solutions)
            else:
                witnesses[row] = self.best(pattern, solutions, graph)
        return witnesses

    def _solutions(
        self,
        pattern: Group,
        columns: tuple[str, ...],
        rows: list[tuple[Term | None, ...]],
        graph: Term | None,
        every: bool,
    ) -> dict[tuple[Term | None, ...], list[Solution]]:
        """Return the solutions of a pattern that give each row, only so many as are compared."""
        # Again without bindings in place if they misled the engine: then what it says of the whole counts.
        for among in ((columns, rows), None):
            known: dict[tuple[Term | None, ...], list[Solution]] = {row: [] for row in rows}
            for solution in islice(self.asked.solutions(pattern, graph, among=among), MOST):
                row = tuple(self.asked.term(name, solution) for name in columns)
                if row in known:
                    known[row].append(solution)
                    if len(known[row]) == 4 * CANDIDATES and not every:
                        known[row] = heapq.nsmallest(CANDIDATES, known[row], key=_text)
            if all(known.values()):
                break
        return known

    def opened(self, pattern: Group) -> Group:
        """Return a pattern with its paths laid open; kept, because its parts are known by identity."""
        self._opened.append(opened(pattern, self.query.own))
        return self._opened[-1]

    def best(
        self,
        pattern: Group,
        solutions: list[Solution],
        graph: Term | None,
        outer: frozenset[str] = frozenset(),
    ) -> Witness:
        """Return the smallest witness among those of some solutions; `outer` is as for `walk`."""
        if not solutions:
            return gap("the row was not found again when it was traced")
        return smallest(self.each(pattern, solutions, graph, outer), self.weight)

    def each(
        self, pattern: Group, solutions: list[Solution], graph: Term | None, outer: frozenset[str]
    ) -> list[Witness]:
        """Return witnesses of solutions, of many only of some; `outer` is as for `walk`."""
        if len(solutions) > CANDIDATES:
            solutions = heapq.nsmallest(CANDIDATES, solutions, key=_text)
        self.prepare(pattern, solutions, graph)
        return [self.walk(pattern, s, graph, outer=outer) for s in solutions]

    def prepare(
        self, pattern: Group, solutions: list[Solution], graph: Term | None, *, every: bool = False
    ) -> None:
        """Trace the subqueries of a pattern for many solutions at once: one question instead of many."""
        for element, name in subselects(pattern):
            columns = element.select.columns
            sure = certain(element)
            pages: dict[Term | None, dict[tuple[Term | None, ...], None]] = {}
            for solution in solutions:
                where = graph if name is None else self.asked.term(name, solution)
                if name is not None and where is None:
                    continue  # see `somewhere`
                row = tuple(self.asked.term(name, solution) for name in inner_row(element))
                known = (id(element), where, row, every) in self._inner
                # Not so in a side of UNION or an OPTIONAL that did not give this solution.
                active = all(t is not None for n, t in zip(columns, row, strict=True) if n in sure)
                if active and not known:
                    pages.setdefault(where, {})[row] = None
            for where, rows in pages.items():
                found = self.select(element.select, columns, rows, where, every=every)
                for row, witness in found.items():
                    self._inner[id(element), where, row, every] = witness

    def walk(
        self,
        pattern: Group,
        solution: Solution,
        graph: Term | None,
        *,
        every: bool = False,
        outer: frozenset[str] = frozenset(),
    ) -> Witness:
        """Return what one solution of a pattern, with its marks, rests on.

        With `every`, its subqueries rest on all solutions of their rows. `outer` are variables bound all
        through the pattern from outside, as inside EXISTS.
        """
        walk = Walk(self, solution, every, self.asked.parameters | outer)
        walk.group(pattern, graph)
        return walk.witness()

    def inside(self, element: SubSelect, solution: Solution, graph: Term | None, *, every: bool) -> Witness:
        """Return the witness of a subquery's row."""
        columns = element.select.columns
        row = tuple(self.asked.term(name, solution) for name in inner_row(element))
        key = (id(element), graph, row, every)
        if key not in self._inner:
            self._inner[key] = self.select(element.select, columns, [row], graph, every=every)[row]
        return self._inner[key]

    def exists(
        self, condition: Exists, solution: Solution, graph: Term | None, held: frozenset[Quad]
    ) -> Witness | None:
        """Return the least that EXISTS rests on in a solution besides `held`, None if it has no solution."""
        inside = absences.mentioned(condition.group)
        given = {name: term for name, term in solution.items() if name in inside}
        key = (id(condition), graph, frozenset(given.items()))
        if key not in self._exists:
            found = list(islice(self.asked.solutions(condition.group, graph, given=given), MOST))
            whole = [given | s for s in found]
            self._exists[key] = self.each(condition.group, whole, graph, frozenset(given))
        more = [w._replace(quads=w.quads - held) for w in self._exists[key]]
        return smallest(more, self.weight) if more else None

    def somewhere(self, element: Graph, solution: Solution) -> Witness:
        """Return the smallest witness of GRAPH among all graphs, where the engine does not say in which.

        It leaves the variable of `GRAPH ?g { SELECT … }` unbound, whatever is in the subquery.
        """
        inside = visible(element.group)
        given = {name: term for name, term in solution.items() if name in inside}
        found = []
        for name in self.asked.graphs():
            solutions = list(islice(self.asked.solutions(element.group, name, given=given), CANDIDATES))
            if solutions:
                found.append(self.best(element.group, [given | s for s in solutions], name))
        if not found:
            return gap(f"it is not known which graph {element.name} is")
        return smallest(found, self.weight)

    def absent(
        self, pattern: Group, solution: Solution, graph: Term | None, *, joined: bool = False
    ) -> Witness:
        """Return the claim that a pattern has no solution with these bindings, or none to join with them."""
        claim = absences.instantiated(self.asked, pattern, solution, graph, joined=joined)
        return Witness(absences=frozenset({claim}))


def computed(select: Select) -> Group:
    """Return the pattern of a query without groups, together with the columns that it computes.

    HAVING is a filter there. It sees nothing of VALUES, which is joined after it and before the columns.
    """
    where = Group((select.where, *map(Filter, select.having))) if select.having else select.where
    binds = [Bind(expression, name) for name, expression in select.projection if expression is not None]
    return Group((where, *([select.values] if select.values else []), *binds))


def _text(solution: Solution) -> list[tuple[str, str]]:
    return sorted((name, str(term)) for name, term in solution.items())
