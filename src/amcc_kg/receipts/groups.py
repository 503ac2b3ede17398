"""Why a row of a grouped query is an answer: the members of its group.

`COUNT`, `SUM`, `AVG` and `GROUP_CONCAT` rest on every member, `MIN`, `MAX` and `SAMPLE` on the one that gave
the value, an empty group on an absence. What HAVING counts, counts as well, and a pattern in HAVING or in a
column decides as it does in a filter. Knows groups; how one member is followed is `tracing`'s.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from amcc_kg.receipts.conditions import deciding
from amcc_kg.receipts.witnesses import Witness, gap, joined, smallest
from amcc_kg.sparql import printer
from amcc_kg.sparql.tree import Aggregate, Bind, Expression, Graph, Group, Key, Select, SubSelect

if TYPE_CHECKING:
    from amcc_kg.graph.answers import Term
    from amcc_kg.receipts.probe import Solution
    from amcc_kg.receipts.tracer import Tracer

    Row = tuple[Term | None, ...]

_PICKING = ("MIN", "MAX", "SAMPLE")
MOST_MEMBERS = 1_000_000  # members that are looked through for one page


def select(
    tracer: Tracer,
    query: Select,
    columns: tuple[str, ...],
    rows: list[Row],
    graph: Term | None,
    every: bool,
) -> dict[Row, Witness]:
    """Return a witness for each row of a grouped query; arguments as for `Tracer.select`."""
    return _Groups(tracer, query, columns, graph).witnesses(rows, every)


class _Groups:
    """The groups of one query that a page of rows stands for."""

    def __init__(self, tracer: Tracer, query: Select, columns: tuple[str, ...], graph: Term | None) -> None:
        self._tracer = tracer
        self._query = query
        self._columns = columns
        self._graph = graph
        self._keys = tuple(key.variable for key in query.keys)
        self._aggregates = list(dict.fromkeys(query.aggregates))
        own = tracer.query.own
        self._arguments = {a: f"{own}a{index}" for index, a in enumerate(self._aggregates)}
        self._values = {a: f"{own}v{index}" for index, a in enumerate(self._aggregates)}
        # VALUES behind a query may bind a key that is unbound in the group; its copy stays as it was.
        self._copies = {key: f"{own}k{index}" for index, key in enumerate(self._keys)}
        made = [expression for _, expression in query.projection if expression is not None]
        self._conditional = any(e.patterns for e in (*query.having, *made))
        binds = [Bind(key.expression, key.variable) for key in query.keys if key.expression is not None]
        binds += [Bind(a.argument, name) for a, name in self._arguments.items() if a.argument is not None]
        pattern = Group((query.where, *binds))
        self._pattern = tracer.opened(pattern) if self._aggregates else pattern

    def witnesses(self, rows: list[Row], every: bool) -> dict[Row, Witness]:
        """Return the smallest witness among the groups that give each row; with `every`, that of them all."""
        groups = self._groups(rows)
        wanted = {self._key(group) for found in groups.values() for group in found}
        members: dict[Row, list[Solution]] = {key: [] for key in wanted}
        tracer, seen = self._tracer, 0
        found = tracer.asked.solutions(self._pattern, self._graph, among=(self._keys, wanted))
        for solution in islice(found, MOST_MEMBERS):
            seen += 1
            key = tuple(tracer.asked.term(name, solution) for name in self._keys)
            if key in members:
                members[key].append(solution)
        counted = [s for some in members.values() for s in some]
        tracer.prepare(self._pattern, counted, self._graph, every=bool(self._aggregates))
        cut = gap(f"more than {MOST_MEMBERS} solutions: not every member of the group was looked at")

        def witness(group: Solution) -> Witness:
            found = self._witness(group, members[self._key(group)])
            if self._conditional:
                found = joined([found, *self._conditions(group)])
            return found | cut if seen == MOST_MEMBERS else found

        return {
            row: (joined(map(witness, found)) if every else smallest(map(witness, found), tracer.weight))
            if found
            else gap("the group of this row was not found again when it was traced")
            for row, found in groups.items()
        }

    def _groups(self, rows: list[Row]) -> dict[Row, list[Solution]]:
        """Return the groups of each row: their keys, and the values of aggregates by their names."""
        projected = {
            expression.parts[0]: name
            for name, expression in self._query.projection
            if expression is not None and len(expression.parts) == 1
        }
        picking = [a for a in self._aggregates if a.name in _PICKING]
        shown = set(self._keys) <= set(self._columns) and all(a in projected for a in picking)
        if shown and not (self._conditional or self._query.values):
            return {row: [self._group(row, {projected[a]: self._values[a] for a in picking})] for row in rows}
        return self._asked_again(rows)

    def _group(self, row: Row, values: dict[str, str]) -> Solution:
        bound = {n: t for n, t in zip(self._columns, row, strict=True) if t is not None}
        copies = {copy: bound[key] for key, copy in self._copies.items() if key in bound}
        return bound | copies | {own: bound[name] for name, own in values.items() if name in bound}

    def _key(self, group: Solution) -> Row:
        return tuple(map(group.get, self._copies.values()))

    def _asked_again(self, rows: list[Row]) -> dict[Row, list[Solution]]:
        """Ask for the groups once more with keys and values laid open, where the row does not show them."""
        query, graph = self._query, self._graph
        # The keys as well, because a parameter reaches only what is projected; and what VALUES has joined.
        shown = (*self._keys, *(query.values.variables if query.values else ()))
        names = dict.fromkeys(name for name in shown if name not in self._columns)
        extra: list[tuple[str, Expression | None]] = [
            (name, None) for name in (*names, *self._copies.values())
        ]
        extra += [(name, Expression((a,))) for a, name in self._values.items()]
        # The engine would take a variable that only has another name for the first.
        copies = [Key(copy, Expression((f"COALESCE({key})",))) for key, copy in self._copies.items()]
        opened: Select = query._replace(
            projection=query.projection + tuple(extra),
            keys=query.keys + tuple(copies),
            distinct="",
            order="",
            slice="",
        )
        if graph is not None:
            # The patterns in its conditions are asked of that graph, too.
            inside = Group((SubSelect(opened, opened.columns),))
            named = Group((Graph(str(graph), inside),))
            opened = Select(tuple((name, None) for name in opened.columns), named)
        found: dict[Row, list[Solution]] = {row: [] for row in rows}
        text = printer.select(opened, self._tracer.asked.dataset)
        for opened_row in self._tracer.asked.rows(text, opened.columns):
            group = {n: t for n, t in zip(opened.columns, opened_row, strict=True) if t is not None}
            row = tuple(self._tracer.asked.term(name, group) for name in self._columns)
            if row in found:
                found[row].append(group)
        return found

    def _witness(self, group: Solution, members: list[Solution]) -> Witness:
        tracer, pattern, graph = self._tracer, self._pattern, self._graph
        if not members:
            if self._keys:
                return gap("the members of the group were not found again when it was traced")
            return tracer.absent(self._query.where, {}, graph)
        if not self._aggregates:
            return tracer.best(pattern, members, graph)
        parts: list[Witness] = []
        for aggregate in self._aggregates:
            # COUNT passes over what is unbound; to the others it is an error, which decides as well.
            passes_over = aggregate.name == "COUNT" and aggregate.argument is not None
            given = [m for m in members if not passes_over or self._arguments[aggregate] in m]
            value = group.get(self._values[aggregate])
            if aggregate.name in _PICKING and value is not None:
                giving = [m for m in given if m.get(self._arguments[aggregate]) == value]
                if giving:
                    parts.append(tracer.best(pattern, giving, graph))
                    continue
            # Where nothing was there to count, it is the members as they are that say so.
            parts += [tracer.walk(pattern, member, graph, every=True) for member in given or members]
        return joined(parts)

    def _conditions(self, group: Solution) -> list[Witness]:
        """Return what decides the patterns in HAVING and in the columns of a group.

        HAVING sees the keys; a column what VALUES has joined and the columns before it as well.
        """
        query, tracer, graph = self._query, self._tracer, self._graph
        values = {name: group[name] for name in self._values.values() if name in group}
        own = {key: group[copy] for key, copy in self._copies.items() if copy in group}
        found = [
            deciding(tracer, self._valued(expression), own | values, graph)
            for expression in query.having
            if expression.patterns
        ]
        seen = {*self._keys, *(query.values.variables if query.values else ())}
        for name, expression in query.projection:
            if expression is not None and expression.patterns:
                given = {n: group[n] for n in seen if n in group} | own | values
                found.append(deciding(tracer, self._valued(expression), given, graph, value=True))
            seen.add(name)
        return found

    def _valued(self, expression: Expression) -> Expression:
        """Return an expression with the variables of their values in the place of aggregates."""
        return Expression(tuple(self._values[p] if isinstance(p, Aggregate) else p for p in expression.parts))
