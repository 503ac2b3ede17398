"""Why a row is an answer: the pattern of a query walked through under one of its solutions.

The engine gives the solutions of the marked pattern with a row's bindings in place; what each operator of
SPARQL 1.1 rests on is then read off:

    triple pattern          the matched triple; in GRAPH the quad, so the passage is given
    GRAPH                   what is matched in it; that it is there, if nothing is
    join                    what both sides rest on
    UNION, alternative path the side that gave it; the smaller where both did
    OPTIONAL                both sides; if it did not match, the left and an absence
    FILTER                  its pattern; EXISTS adds a witness of its inside, NOT EXISTS an absence
    MINUS                   its left and an absence
    BIND, VALUES            nothing: it comes from the query
    p+, p*, p?              the edges of one shortest path, none for length zero
    DISTINCT, REDUCED       one smallest among the solutions that give the row
    GROUP BY                COUNT, SUM, AVG, GROUP_CONCAT: every member; MIN, MAX, SAMPLE: the member that
                            gave the value; an empty group: an absence
    HAVING                  what its aggregates rest on; EXISTS and NOT EXISTS in it, or in a column of a
                            group, as in FILTER
    ORDER BY, LIMIT         nothing: a receipt justifies the row, not its place
    subquery                the receipt of the inner row

Expressions are decided by the engine. What is found is a witness: a value that is joined with others,
compared and picked. Knows quads; nothing of inference or passages, and of the forms of queries SELECT alone:
the others are in `forms`.
(Why-provenance: Buneman, Khanna and Tan 2001; for SPARQL: Damásio, Analyti and Antoniou 2012, Hernández,
Galárraga and Hose 2021. Aggregates, paths and entailment are added here.)
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

from amcc_kg.graph.answers import Term
from amcc_kg.receipts.paths import Leg, Ways
from amcc_kg.receipts.probe import Probe, Row, Solution, bindings
from amcc_kg.receipts.witness import Witness, gap, joined, remark, smallest
from amcc_kg.sparql import paths, printer, substitution, tree
from amcc_kg.sparql.expressions import Piece, pieces_of, split, unbracketed
from amcc_kg.sparql.substitution import conditions, fixed, mentioned
from amcc_kg.sparql.tokens import tokens
from amcc_kg.sparql.tree import certain, inner_row, subselects, visible

CANDIDATES = 200  # solutions of one row that are compared for the smallest witness
EVERY = 20  # witnesses of one row that are shown where all are asked for
MOST = 1_000_000  # solutions of one page, and members of its groups, that are looked through
_CUT = f"more than {CANDIDATES} solutions give this, of which some were compared: less may give it, too"
_PICKING = ("MIN", "MAX", "SAMPLE")
_FLEETING = {"RAND", "UUID", "STRUUID", "BNODE", "NOW"}  # functions whose value is new each time


class Tracer:
    """Finds the witnesses of one query's rows over one store."""

    def __init__(
        self, store: Store, query: tree.Query, weight: Callable[[Quad], int] = lambda quad: 0
    ) -> None:
        """Trace a query; between witnesses of one size, the one whose quads weigh least is taken."""
        self.query = query
        self.probe = Probe(store, query)
        self.weight = weight
        self.ways = Ways(self.probe.quads, self.probe.constants)
        self._inner: dict[tuple[int, Term | None, Row, bool], Witness] = {}
        self._matches: dict[tuple[Term | None, ...], Quad | None] = {}
        self._opened: list[tree.Group] = []
        self._exists: dict[tuple[int, Term | None, frozenset[tuple[str, Term]]], list[Witness]] = {}

    def match(self, terms: tuple[Term | None, ...]) -> Quad | None:
        """Return the quad of a subject, a predicate, an object and a graph, None without one."""
        if terms not in self._matches:
            found = None if None in terms[:3] else next(iter(self.probe.quads(*terms)), None)
            self._matches[terms] = found
        return self._matches[terms]

    def solution(self) -> Witness | None:
        """Return a smallest witness of some solution of the query's pattern, None if it has none."""
        # Without its slice: what is sought is a solution, and where it stands is another matter.
        select = self.query.select._replace(order=(), slice="")
        if select.is_grouped or select.having or select.values:
            written = printer.select(select, self.probe.dataset)
            rows = list(islice(self.probe.rows(written, select.columns), 1))
            return self.select(select, select.columns, rows)[rows[0]] if rows else None
        found = list(islice(self.probe.solutions(select.where), CANDIDATES))
        return self.best(select.where, found, None) if found else None

    def select(
        self,
        select: tree.Select,
        columns: tuple[str, ...],
        rows: Iterable[Row],
        graph: Term | None = None,
        *,
        every: bool = False,
    ) -> dict[Row, Witness]:
        """Return a witness for each row of a query or subquery asked of a graph.

        With `every`, for a subquery whose rows are counted: that of all solutions that give the row.
        """
        wanted = list(dict.fromkeys(rows))
        if select.is_grouped:
            return _Groups(self, select, columns, graph).witnesses(wanted, every)
        every = every and select.distinct != "DISTINCT"
        pattern = self.opened(_computed(select)) if every else _computed(select)
        changing = _volatile(pattern) & set(columns)
        firm = [index for index, name in enumerate(columns) if name not in changing]
        rests = [tuple(row[index] for index in firm) for row in wanted]
        known = self._solutions(pattern, tuple(columns[index] for index in firm), rests, graph, every)
        self.prepare(pattern, [s for some in known.values() for s in some], graph, every=every)

        def witness(solutions: list[Solution]) -> Witness:
            if changing and len(solutions) > 1:
                new = ", ".join(sorted(changing))
                return gap(f"{new} is new each time: which solution gave this row is not known")
            if every and solutions:
                return joined(_Walk(self, pattern, s, graph, every=True).witness() for s in solutions)
            return self.best(pattern, solutions, graph)

        return {row: witness(known[rest]) for row, rest in zip(wanted, rests, strict=True)}

    def every(self, select: tree.Select, columns: tuple[str, ...], row: Row) -> list[Witness]:
        """Return what a row rests on: the smallest witness, then each other that none of them is part of.

        A group has one: its members together. Where a part of the query may rest on other triples, too, which
        are not gone through, that is said.
        """
        first = self.select(select, columns, [row])[row]
        pattern = self.opened(_computed(select))
        found: list[Witness] = [first]
        if not (select.is_grouped or _volatile(pattern) & set(columns) or first.gaps):
            known = self._solutions(pattern, columns, [row], None, every=False)[row]
            others = set(self._each(pattern, known, None))
            for witness in sorted(others, key=lambda w: (*map(len, w), [sorted(map(str, p)) for p in w])):
                if not (witness.gaps or any(_is_part(one, witness) for one in found)):
                    found.append(witness)
        said = set()
        if len(found) > EVERY:
            said.add(f"more than {EVERY} sets of triples give this, and no more are shown")
        if _has_choice(pattern) or any(a.name in _PICKING for a in select.aggregates):
            said.add("other sets of triples may give this, too: not every one is looked for")
        *before, last = found[:EVERY]
        return [*before, last._replace(remarks=last.remarks | said)]

    def _solutions(
        self, pattern: tree.Group, columns: tuple[str, ...], rows: list[Row], graph: Term | None, every: bool
    ) -> dict[Row, list[Solution]]:
        """Return the solutions of a pattern that give each row, only so many as are compared."""
        # Again without bindings in place if they misled the engine: then what it says of the whole counts.
        for among in ((columns, rows), None):
            known: dict[Row, list[Solution]] = {row: [] for row in rows}
            for solution in islice(self.probe.solutions(pattern, graph, among=among), MOST):
                row = self.probe.row(columns, solution)
                if row in known:
                    known[row].append(solution)
                    if len(known[row]) == 4 * CANDIDATES and not every:
                        # One more, so that it is seen that there were more.
                        known[row] = _compared(known[row], CANDIDATES + 1)
            if all(known.values()):
                break
        return known

    def opened(self, pattern: tree.Group) -> tree.Group:
        """Return a pattern with its paths laid open; kept, because its parts are known by identity."""
        self._opened.append(paths.opened(pattern, self.query.own))
        return self._opened[-1]

    def best(self, pattern: tree.Group, solutions: list[Solution], graph: Term | None) -> Witness:
        """Return the smallest witness among those of some solutions."""
        unknown = "the row was not found again when it was traced"
        return smallest(self._each(pattern, solutions, graph), self.weight, unknown)

    def _each(
        self,
        pattern: tree.Group,
        solutions: list[Solution],
        graph: Term | None,
        outer: frozenset[str] = frozenset(),
    ) -> list[Witness]:
        """Return witnesses of solutions, of many only of some; `outer` is as for a walk."""
        cut = len(solutions) > CANDIDATES
        if cut:
            solutions = _compared(solutions)
        self.prepare(pattern, solutions, graph)
        found = [_Walk(self, pattern, s, graph, outer=outer).witness() for s in solutions]
        if not cut:
            return found
        # What one triple shows cannot be shown by less.
        return [w._replace(remarks=w.remarks | {_CUT}) if len(w.quads) > 1 else w for w in found]

    def prepare(
        self, pattern: tree.Group, solutions: list[Solution], graph: Term | None, *, every: bool = False
    ) -> None:
        """Trace the subqueries of a pattern for many solutions at once: one question instead of many."""
        for element, name in subselects(pattern):
            columns, sure, shown = element.select.columns, certain(element), inner_row(element)
            pages: dict[Term | None, dict[Row, None]] = {}
            for solution in solutions:
                where = graph if name is None else self.probe.term(name, solution)
                if name is not None and where is None:
                    continue  # see `somewhere`
                row = self.probe.row(shown, solution)
                # Not so in a side of UNION or an OPTIONAL that did not give this solution.
                active = all(t is not None for n, t in zip(columns, row, strict=True) if n in sure)
                if active and (id(element), where, row, every) not in self._inner:
                    pages.setdefault(where, {})[row] = None
            for where, rows in pages.items():
                found = self.select(element.select, columns, rows, where, every=every)
                self._inner |= {(id(element), where, row, every): found[row] for row in rows}

    def inside(
        self, element: tree.SubSelect, solution: Solution, graph: Term | None, *, every: bool
    ) -> Witness:
        """Return the witness of a subquery's row."""
        row = self.probe.row(inner_row(element), solution)
        key = (id(element), graph, row, every)
        if key not in self._inner:
            found = self.select(element.select, element.select.columns, [row], graph, every=every)
            self._inner[key] = found[row]
        return self._inner[key]

    def exists(
        self, condition: tree.Exists, solution: Solution, graph: Term | None, held: frozenset[Quad]
    ) -> Witness | None:
        """Return the least that EXISTS rests on in a solution besides `held`, None if it has no solution."""
        given = _only(solution, mentioned(condition.group))
        key = (id(condition), graph, frozenset(given.items()))
        if key not in self._exists:
            # Parts that share nothing have more solutions together than anybody could go through.
            found = islice(self.probe.solutions(condition.group, graph, given=given), 4 * CANDIDATES)
            whole = [given | s for s in found]
            self._exists[key] = self._each(condition.group, whole, graph, frozenset(given))
        more = [w._replace(quads=w.quads - held) for w in self._exists[key]]
        return smallest(more, self.weight) if more else None

    def somewhere(self, element: tree.Graph, solution: Solution) -> Witness:
        """Return the smallest witness of GRAPH among all graphs, where the engine does not say in which.

        It leaves the variable of `GRAPH ?g { SELECT … }` unbound, whatever is in the subquery.
        """
        given, found = _only(solution, visible(element.group)), []
        for name in self.probe.graphs():
            solutions = list(islice(self.probe.solutions(element.group, name, given=given), CANDIDATES))
            if solutions:
                found.append(self.best(element.group, [given | s for s in solutions], name))
        return smallest(found, self.weight, f"it is not known which graph {element.name} is")

    def absent(
        self,
        pattern: tree.Group,
        solution: Solution,
        graph: Term | None,
        *,
        alone: bool = False,
        everywhere: bool = False,
    ) -> Witness:
        """Return the claim that a pattern has no solution with these bindings, once the graph agrees to it.

        It is SPARQL that stands on its own, with whole IRIs. Terms are put in the place of variables; one for
        which that changes the meaning is bound before the pattern, by VALUES or, if it is a blank node, which
        no query can name, by a path from a thing that has a name. `alone` and `everywhere` tell how far the
        pattern sees the bindings: as MINUS does, or EXISTS.
        """
        probe, names = self.probe, mentioned(pattern)
        known = _only(solution, names)
        blanks = {name: term for name, term in known.items() if isinstance(term, BlankNode)}
        seen = names if everywhere else visible(pattern)
        seen |= frozenset() if alone else mentioned(conditions(pattern))
        stay = fixed(pattern, frozenset(known), everywhere=everywhere)
        stay = stay.union(_of_iris(pattern, known), blanks)

        def claim(kept: Iterable[str], first: Mapping[str, str]) -> str:
            terms = {name: str(term) for name, term in known.items() if name not in kept}
            starts = " ".join(first[name] for name in sorted(kept & first.keys() & seen))
            said = substitution.claim(pattern, terms, starts, self._constant, alone=alone)
            return _unlabelled(said if graph is None else f"GRAPH {graph} {{ {said} }}")

        first = {n: f"VALUES {n} {{ {term} }}" for n, term in known.items() if n not in blanks}
        paths = {name: probe.path_to(node, name, graph) for name, node in blanks.items()}
        if all(paths.values()):
            for kept in (stay, known.keys()):
                if probe.denies(absence := claim(kept, first | paths)):
                    return Witness(absences=frozenset({absence}))
        absence = claim(stay, first)
        if blanks and probe.denies(absence, blanks, alone=alone):
            nodes = " and ".join(sorted(blanks))
            said = f"nothing in the graph says {absence} where {nodes} is the node without a name found here"
            return Witness(remarks=frozenset({said}))
        return gap(f"what is absent could not be put into a question that stands on its own: {absence}")

    def place(self, graph: Term | None) -> str:
        """Return in words where a pattern is matched: in the graph of that name, in the default graph."""
        if graph is None:
            return "the graphs of FROM" if self.query.defaults else "the graph"
        return f"the graph {graph}"

    def _constant(self, written: str) -> str:
        """Return how a constant or a variable of the query is written where the query is not at hand."""
        own = self.query.own
        # What stands between the steps of an opened path stays a variable: it is in several groups.
        blank = written.startswith(own) and not written.startswith(f"{own}o")
        return f"_:{written[2:]}" if blank else str(self.probe.constants.get(written, written))


@dataclass
class _Walk:
    """One walk through a pattern under one of its solutions: what each operator contributes.

    The solution binds every variable of the pattern and the marks of its OPTIONALs and UNIONs, so what to
    follow is known and nothing is searched for but the ways of paths. Quads are gathered first, so that
    paths, and then EXISTS, can share them. With `every`, subqueries rest on all solutions of their rows.
    `outer` are variables bound all through the pattern from outside, as inside EXISTS.
    """

    tracer: Tracer
    pattern: tree.Group
    solution: Solution
    graph: Term | None
    every: bool = False
    outer: frozenset[str] = frozenset()
    quads: set[Quad] = field(default_factory=set)
    paths: list[Leg] = field(default_factory=list)
    parts: list[Witness] = field(default_factory=list)
    conditions: list[tuple[tree.Filter | tree.Bind, Solution, Term | None]] = field(default_factory=list)
    graphs: dict[Term, None] = field(default_factory=dict)

    def witness(self) -> Witness:
        """Return all that is gathered on the way."""
        self._group(self.pattern, self.graph)
        if not (self.paths or self.parts or self.conditions or self.graphs):
            return Witness(frozenset(self.quads))
        found, missed = self.tracer.ways.shortest(self.paths, self.quads)
        gaps = frozenset(f"no way was found again along {_written(path)}" for path in missed)
        whole = Witness(frozenset(self.quads | found), gaps=gaps)
        if self.parts:
            whole = joined([whole, *self.parts])
        for element, seen, graph in self.conditions:
            decision = _Decision(self.tracer, seen, graph, whole.quads)
            whole |= decision.witness(element.expression, value=isinstance(element, tree.Bind))
        shown = {quad.graph_name for quad in whole.quads}
        bare = {f"the graph {name} is there" for name in self.graphs if name not in shown}
        if self.paths:
            nodes = {node for quad in whole.quads for node in (quad.subject, quad.object)}
            for leg in self.paths:
                if leg.subject not in nodes and self._is_free(leg):
                    where = self.tracer.place(leg.graph)
                    bare.add(f"a path of length zero goes from each node there is in {where} to itself")
        return whole._replace(remarks=whole.remarks | bare) if bare else whole

    def _is_free(self, leg: Leg) -> bool:
        """Tell whether a path has length zero at a node that nothing but the graph gives."""
        ends = (leg.pattern.subject, leg.pattern.object)
        given = any(not tree.is_variable(end) or end in self.outer for end in ends)
        return not given and self.tracer.ways.is_empty(leg)

    def _group(self, group: tree.Group, graph: Term | None, scope: frozenset[str] = frozenset()) -> None:
        """Walk through a group; `scope` are variables that its filters see besides its own."""
        tracer, solution, parts = self.tracer, self.solution, self.parts
        for index, element in enumerate(group.elements):
            match element:
                case tree.Triples():
                    for pattern in element.patterns:
                        self._triple(pattern, graph)
                case tree.Group():
                    self._group(element, graph)
                case tree.Union():
                    if side := self._side(element):
                        self._group(side, graph)
                    else:
                        parts.append(gap("it is not known which side of a UNION gave this"))
                case tree.Optional():
                    names = self._bound(_first(group, index))
                    if element.mark in solution:
                        self._group(element.group, graph, names)
                    else:
                        parts.append(tracer.absent(element.group, _only(solution, names), graph))
                case tree.Minus():
                    self._minus(element, _first(group, index), graph)
                case tree.Filter() | tree.Bind():
                    # A filter sees its whole group; MINUS and BIND what stands before them.
                    if element.expression.patterns:
                        seen = group if isinstance(element, tree.Filter) else _first(group, index)
                        names = self._bound(seen)
                        self.conditions.append((element, _only(solution, names | scope), graph))
                case tree.Graph():
                    name = tracer.probe.term(element.name, solution)
                    if name is None:
                        parts.append(tracer.somewhere(element, solution))
                    else:
                        self.graphs[name] = None
                        self._group(element.group, name)
                case tree.SubSelect():
                    parts.append(tracer.inside(element, solution, graph, every=self.every))
                    if cut := " ".join(element.select.slice.split()):
                        parts.append(remark(f"only the rows within the subquery's {cut} count"))

    def _triple(self, pattern: tree.TriplePattern, graph: Term | None) -> None:
        probe, solution = self.tracer.probe, self.solution
        subject, object_ = probe.term(pattern.subject, solution), probe.term(pattern.object, solution)
        if isinstance(pattern.predicate, str):
            predicate = probe.term(pattern.predicate, solution)
            if quad := self.tracer.match((subject, predicate, object_, graph)):
                self.quads.add(quad)
            else:
                self.parts.append(gap(f"the triple of the pattern {_written(pattern)} was not found again"))
        elif subject is None or object_ is None:
            self.parts.append(gap("an end of a path is not known"))
        else:
            self.paths.append(Leg(subject, pattern, object_, graph))

    def _side(self, union: tree.Union) -> tree.Group | None:
        """Return the branch of a UNION that gave the solution."""
        side = self.solution.get(union.mark)
        return union.branches[int(side.value)] if isinstance(side, Literal) else None

    def _minus(self, element: tree.Minus, before: tree.Group, graph: Term | None) -> None:
        """Add that nothing was there to take the solution away, if there was anything to compare."""
        shared = self._bound(before) & visible(element.group)
        if not shared:
            return
        group = element.group
        if not shared & certain(group):
            # What shares no binding with this solution takes nothing away (§18.5, Minus).
            some = " || ".join(f"BOUND({name})" for name in sorted(shared))
            group = tree.Group((group, tree.Filter(tree.Expression((some,)))))
        seen = _only(self.solution, shared)
        self.parts.append(self.tracer.absent(group, seen, graph, alone=True))

    def _bound(self, element: tree.Element) -> frozenset[str]:
        """Return the variables that this part bound itself, not what is around it, or that came bound."""
        solution, bound = self.solution, self._bound
        match element:
            case tree.Group():
                return self.outer.union(*map(bound, element.elements))
            case tree.Union():
                return bound(self._side(element) or element.branches[0])
            case tree.Optional():
                return bound(element.group) if element.mark in solution else frozenset()
            case tree.Graph():
                return bound(element.group) | {element.name}
            case tree.SubSelect() | tree.Values():
                pairs = zip(element.columns, inner_row(element), strict=True)
                return frozenset(name for name, copy in pairs if copy in solution)
            case _:
                return frozenset(name for name in visible(element) if name in solution)


class _Decision(NamedTuple):
    """Which patterns decide an expression in one solution: witnesses for EXISTS, absences for NOT EXISTS.

    Splits at `||`, `&&` and `!` and asks the engine which side holds; everything else stays the engine's
    alone. `held` are quads that the row rests on anyway: a witness that needs no others is the smallest.
    """

    tracer: Tracer
    solution: Solution
    graph: Term | None
    held: frozenset[Quad] = frozenset()

    def witness(self, expression: tree.Expression, *, value: bool = False) -> Witness:
        """Return what decides that an expression holds; with `value`, that it has the value it has."""
        return self._all(expression.patterns) if value else self._why(pieces_of(expression), True)

    def _why(self, pieces: list[Piece], wanted: bool) -> Witness:
        """Return what makes these pieces true, or false if that is what is wanted."""
        if not any(isinstance(piece, tree.Exists) for piece in pieces):
            return Witness()
        while inner := unbracketed(pieces):
            pieces = inner
        for sign, needs_all in (("||", not wanted), ("&&", wanted)):
            sides = split(pieces, sign)
            if len(sides) > 1:
                return self._sides(sides, wanted, needs_all)
        if pieces[0] == "!":
            return self._why(pieces[1:], not wanted)
        if len(pieces) == 1 and isinstance(pieces[0], tree.Exists):
            return self._pattern(pieces[0], wanted)
        return self._all(pieces)

    def _all(self, pieces: Iterable[Piece]) -> Witness:
        """Return what decides every pattern in the pieces, whichever way it turned out."""
        return joined(self._pattern(p, None) for p in pieces if isinstance(p, tree.Exists))

    def _sides(self, sides: list[list[Piece]], wanted: bool, needs_all: bool) -> Witness:
        if needs_all:
            return joined(self._why(side, wanted) for side in sides)
        ways = []
        for side in sides:
            written = printer.expression(tree.Expression(tuple(side)))
            if self.tracer.probe.holds(written, self.solution, self.graph, wanted=wanted):
                ways.append(self._why(side, wanted))
        return smallest(ways, self.tracer.weight, "it is not known why a FILTER holds")

    def _pattern(self, pattern: tree.Exists, wanted: bool | None) -> Witness:
        """Return the witness of a pattern's inside or, if it has none, that it is absent."""
        if wanted is None or wanted != pattern.negated:
            inside = self.tracer.exists(pattern, self.solution, self.graph, self.held)
            if inside is not None:
                return inside
            if wanted is not None:
                return gap("what an EXISTS found was not found again")
        return self.tracer.absent(pattern.group, self.solution, self.graph, everywhere=True)


class _Groups:
    """The groups of one grouped query that a page of rows stands for, and what each rests on: its members.

    What HAVING counts, counts as well, and a pattern in HAVING or in a column decides as it does in a filter.
    """

    def __init__(
        self, tracer: Tracer, query: tree.Select, columns: tuple[str, ...], graph: Term | None
    ) -> None:
        self._tracer, self._query, self._columns, self._graph = tracer, query, columns, graph
        self._keys = tuple(key.variable for key in query.keys)
        self._aggregates = list(dict.fromkeys(query.aggregates))
        own = tracer.query.own
        self._arguments = {a: f"{own}a{index}" for index, a in enumerate(self._aggregates)}
        self._values = {a: f"{own}v{index}" for index, a in enumerate(self._aggregates)}
        # VALUES behind a query may bind a key that is unbound in the group; its copy stays as it was.
        self._copies = {key: f"{own}k{index}" for index, key in enumerate(self._keys)}
        self._joined = query.values.variables if query.values else ()
        self._told = frozenset(self._aggregates)  # whose values the groups tell
        self._conditional = any(e.patterns for e in (*query.having, *query.computed.values()))
        computed = [(key.expression, key.variable) for key in query.keys]
        computed += [(aggregate.argument, name) for aggregate, name in self._arguments.items()]
        binds = [tree.Bind(given, name) for given, name in computed if given is not None]
        pattern = tree.Group((query.where, *binds))
        self._pattern = tracer.opened(pattern) if self._aggregates else pattern

    def witnesses(self, rows: list[Row], every: bool) -> dict[Row, Witness]:
        """Return the smallest witness among the groups that give each row; with `every`, that of them all."""
        groups = self._groups(rows)
        members, cut = self._members({self._key(group) for found in groups.values() for group in found})

        def witness(group: Solution) -> Witness:
            decided = self._conditions(group) if self._conditional else []
            return joined([self._witness(group, members[self._key(group)]), *decided, cut])

        def whole(found: list[Solution]) -> Witness:
            if every and found:
                return joined(map(witness, found))
            unknown = "the group of this row was not found again when it was traced"
            return smallest(map(witness, found), self._tracer.weight, unknown)

        return {row: whole(found) for row, found in groups.items()}

    def _groups(self, rows: list[Row]) -> dict[Row, list[Solution]]:
        """Return the groups of each row: their keys, and the values of aggregates by their names."""
        projected = {e.parts[0]: name for name, e in self._query.computed.items() if len(e.parts) == 1}
        picking = [a for a in self._aggregates if a.name in _PICKING]
        shown = set(self._keys) <= set(self._columns) and all(a in projected for a in picking)
        if not shown or self._conditional or self._joined:
            return self._asked_again(rows)
        # As the row shows them.
        names = {copy: key for key, copy in self._copies.items()}
        self._told = frozenset(a for a in self._aggregates if a in projected)
        names |= {name: name for name in self._columns}
        names |= {self._values[aggregate]: projected[aggregate] for aggregate in self._told}
        groups = {}
        for row in rows:
            bound = bindings(self._columns, row)
            groups[row] = [{name: bound[of] for name, of in names.items() if of in bound}]
        return groups

    def _asked_again(self, rows: list[Row]) -> dict[Row, list[Solution]]:
        """Ask for the groups once more with keys and values laid open, where the row does not show them."""
        query, graph, probe = self._query, self._graph, self._tracer.probe
        # The keys as well, and what VALUES has joined.
        names = dict.fromkeys(n for n in (*self._keys, *self._joined) if n not in self._columns)
        plain = tuple((name, None) for name in (*names, *self._copies.values()))
        values = tuple((name, tree.Expression((a,))) for a, name in self._values.items())
        # The engine would take a variable that only has another name for the first.
        read = {copy: tree.Expression((f"COALESCE({key})",)) for key, copy in self._copies.items()}
        keys = (*query.keys, *(tree.Key(*copied) for copied in read.items()))
        columns = (*query.projection, *plain, *values)
        opened = query._replace(projection=columns, keys=keys, distinct="", order=(), slice="")
        if graph is not None:
            # The patterns in its conditions are asked of that graph, too.
            inside = tree.Group((tree.SubSelect(opened, opened.columns),))
            named = tree.Group((tree.Graph(str(graph), inside),))
            opened = tree.Select(tuple((name, None) for name in opened.columns), named)
        found: dict[Row, list[Solution]] = {row: [] for row in rows}
        for opened_row in probe.rows(printer.select(opened, probe.dataset), opened.columns):
            group = bindings(opened.columns, opened_row)
            row = probe.row(self._columns, group)
            if row in found:
                found[row].append(group)
        return found

    def _key(self, group: Solution) -> Row:
        return tuple(map(group.get, self._copies.values()))

    def _members(self, wanted: set[Row]) -> tuple[dict[Row, list[Solution]], Witness]:
        """Return the members of the groups of these keys, and a gap if not all could be looked at."""
        tracer, seen = self._tracer, 0
        members: dict[Row, list[Solution]] = {key: [] for key in wanted}
        found = tracer.probe.solutions(self._pattern, self._graph, among=(self._keys, wanted))
        for solution in islice(found, MOST):
            seen += 1
            key = tracer.probe.row(self._keys, solution)
            if key in members:
                members[key].append(solution)
        counted = [s for some in members.values() for s in some]
        tracer.prepare(self._pattern, counted, self._graph, every=bool(self._aggregates))
        if seen < MOST:
            return members, Witness()
        return members, gap(f"more than {MOST} solutions: not every member of the group was looked at")

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
            argument = self._arguments[aggregate]
            # COUNT passes over what is unbound; to the others it is an error, which decides as well.
            passes_over = aggregate.name == "COUNT" and aggregate.argument is not None
            given = [m for m in members if not passes_over or argument in m]
            value = group.get(self._values[aggregate])
            erring = [m for m in members if argument not in m] if passes_over else []
            if erring and value is None and aggregate in self._told:
                # The engine counts nothing then; SPARQL would count the others (§18.5.1.2).
                parts.append(tracer.best(pattern, erring, graph))
                continue
            picked = aggregate.name in _PICKING and value is not None
            if giving := [m for m in given if picked and m.get(argument) == value]:
                parts.append(tracer.best(pattern, giving, graph))
            else:
                # Where nothing was there to count, it is the members as they are that say so.
                walks = [_Walk(tracer, pattern, m, graph, every=True) for m in given or members]
                parts += [walk.witness() for walk in walks]
        return joined(parts)

    def _conditions(self, group: Solution) -> list[Witness]:
        """Return what decides patterns in HAVING, which sees keys, and in columns, which see all before."""
        own = {key: group[copy] for key, copy in self._copies.items() if copy in group}
        own |= {name: group[name] for name in self._values.values() if name in group}
        decision = _Decision(self._tracer, own, self._graph)
        found = [decision.witness(self._valued(e)) for e in self._query.having if e.patterns]
        seen = {*self._keys, *self._joined}
        for name, expression in self._query.projection:
            if expression is not None and expression.patterns:
                given = {n: group[n] for n in seen if n in group} | own
                decision = _Decision(self._tracer, given, self._graph)
                found.append(decision.witness(self._valued(expression), value=True))
            seen.add(name)
        return found

    def _valued(self, expression: tree.Expression) -> tree.Expression:
        """Return an expression with the variables of their values in the place of aggregates."""
        parts = (self._values[p] if isinstance(p, tree.Aggregate) else p for p in expression.parts)
        return tree.Expression(tuple(parts))


def _computed(select: tree.Select) -> tree.Group:
    """Return the pattern of a query without groups: HAVING as a filter, then VALUES, then its columns."""
    where = tree.Group((select.where, *map(tree.Filter, select.having))) if select.having else select.where
    binds = [tree.Bind(expression, name) for name, expression in select.computed.items()]
    return tree.Group((where, *([select.values] if select.values else []), *binds))


def _has_choice(pattern: tree.Group) -> bool:
    """Tell whether one of several things is taken for a part: for a repeated path, EXISTS or a subquery."""
    for element in tree.within(pattern):
        match element:
            case tree.SubSelect():
                return True
            case tree.Triples() if any(isinstance(p.predicate, tree.Repeat) for p in element.patterns):
                return True
            case tree.Filter() | tree.Bind() if element.expression.patterns:
                return True
    return False


def _compared(solutions: list[Solution], most: int = CANDIDATES) -> list[Solution]:
    """Return those of many solutions that are compared: the first by their text."""
    return heapq.nsmallest(most, solutions, key=lambda s: sorted((n, str(term)) for n, term in s.items()))


def _is_part(one: Witness, other: Witness) -> bool:
    """Tell whether all that one witness needs is part of what another needs."""
    return one.quads <= other.quads and one.absences <= other.absences


def _first(group: tree.Group, count: int) -> tree.Group:
    return tree.Group(group.elements[:count])


def _only(solution: Solution, names: Collection[str]) -> Solution:
    return {name: term for name, term in solution.items() if name in names}


def _written(pattern: tree.TriplePattern) -> str:
    return printer.body(tree.Group((tree.Triples((pattern,)),)))


def _of_iris(pattern: tree.Group, known: Solution) -> set[str]:
    """Return the variables that stand where only an IRI may, and are something else."""
    found: list[str] = []
    for element in tree.within(pattern, negated=True):
        match element:
            case tree.Triples():
                found += [t for p in element.patterns for t in p[:2] if isinstance(t, str)]
            case tree.Graph():
                found.append(element.name)
            case tree.Filter() | tree.Bind():
                for condition in element.expression.patterns:
                    found += _of_iris(condition.group, known)
    return {name for name in found if name in known and not isinstance(known[name], NamedNode)}


def _unlabelled(claim: str) -> str:
    """Return a claim with `[]` for each blank node that occurs once."""
    if "_:" not in claim:
        return claim
    labels = [token for token in tokens(claim) if token.kind == "blank"]
    counted = Counter(token.text for token in labels)
    for token in reversed(labels):
        if counted[token.text] == 1:
            claim = f"{claim[: token.start]}[]{claim[token.end :]}"
    return claim


def _volatile(pattern: tree.Group) -> set[str]:
    """Return the variables of a pattern that are computed anew each time: no row is found again by them."""
    made = [({t.text for t in tokens(printer.expression(e))}, name) for e, name in _expressions(pattern)]
    found = {name for words, name in made if not _FLEETING.isdisjoint(map(str.upper, words))}
    for _ in made:  # one more variable a round, at the least
        found |= {name for words, name in made if words & found}
    return found


def _expressions(pattern: tree.Group) -> Iterator[tuple[tree.Expression, str]]:
    """Yield the expressions that a pattern and its subqueries compute, with the names of their values."""
    for element in tree.within(pattern):
        if isinstance(element, tree.Bind):
            yield element
        elif isinstance(element, tree.SubSelect):
            select = element.select
            yield from _expressions(select.where)
            yield from ((given, name) for name, given in select.computed.items())
            yield from ((key.expression, key.variable) for key in select.keys if key.expression is not None)
