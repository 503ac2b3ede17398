"""The engine asked about pieces of a query: the solutions of a pattern, whether an expression holds.

Knows how pieces become a query again: prologue, dataset clauses, the graph in force. What an
expression means is the engine's to say. Knows nothing of witnesses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from operator import contains
from typing import Any, TypeAlias, cast

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store, Variable

from amcc_kg.graph.answers import Term
from amcc_kg.sparql import printer
from amcc_kg.sparql.deviations import mended
from amcc_kg.sparql.substitution import fixed
from amcc_kg.sparql.tree import Group, Minus, Optional, Query, certain, marks, visible, within

_AT_ONCE = 100  # constants: the engine's stack does not hold a query of some thousands
_FAR = 1000  # nodes without a name that are gone through for one that has one

Row: TypeAlias = tuple[Term | None, ...]
Solution: TypeAlias = dict[str, Term]


class Probe:
    """One query over one store: its constants as terms, its patterns as solutions."""

    def __init__(self, store: Store, query: Query) -> None:
        """Take a store and the query."""
        self.store = store
        self._query = query
        self.constants = self._resolved()
        self._default: list[Any] = [DefaultGraph()]
        if query.defaults or query.named:
            self._default = [self.constants[iri] for iri in query.defaults]
        self._denied: dict[tuple[str, frozenset[Any]], bool] = {}
        clauses = [f"FROM {iri}" for iri in query.defaults] + [f"FROM NAMED {iri}" for iri in query.named]
        self.dataset = " ".join(clauses)

    def _resolved(self) -> dict[str, Term]:
        """Let the engine say which terms the texts are: it knows prefixes, escapes and the base."""
        texts = sorted(self._query.constants)
        terms: list[Any] = []
        for start in range(0, len(texts), _AT_ONCE):
            some = enumerate(texts[start : start + _AT_ONCE])
            columns = " ".join(f"({text} AS ?c{index})" for index, text in some)
            terms += next(iter(self._query_rows(f"SELECT {columns} {{}}")))
        return dict(zip(texts, terms, strict=True))

    @property
    def clauses(self) -> tuple[list[str], list[str]]:
        """The IRIs of the graphs of FROM and of FROM NAMED."""
        lists = (self._query.defaults, self._query.named)
        defaults, named = ([str(self.constants[iri])[1:-1] for iri in some] for some in lists)
        return defaults, named

    def term(self, text: str, solution: Solution) -> Term | None:
        """Return what a variable or a term of a pattern is in a solution, None for an unbound variable."""
        return solution.get(text) if text.startswith("?") else self.constants[text]

    def row(self, names: tuple[str, ...], solution: Solution) -> Row:
        """Return what some variables are in a solution."""
        return tuple(self.term(name, solution) for name in names)

    def quads(
        self, subject: Term | None, predicate: Term | None, object_: Term | None, graph: Any
    ) -> list[Quad]:
        """Return the quads that match, in a named graph or, for None, in the query's default graph."""
        if isinstance(subject, (NamedNode, BlankNode, type(None))) and isinstance(
            predicate, (NamedNode, type(None))
        ):
            graphs = self._default if graph is None else [graph]
            pattern = self.store.quads_for_pattern
            return [q for g in graphs for q in pattern(subject, predicate, object_, g)]
        return []

    def graphs(self) -> list[Term]:
        """Return the named graphs that the query can see, in a fixed order."""
        if self._query.defaults or self._query.named:
            return [self.constants[iri] for iri in sorted(self._query.named)]
        return sorted(self.store.named_graphs(), key=str)

    def solutions(
        self,
        pattern: Group,
        graph: Term | None = None,
        *,
        given: Solution | None = None,
        among: tuple[tuple[str, ...], Iterable[Row]] | None = None,
        limit: int | None = None,
    ) -> Iterator[Solution]:
        """Yield the solutions of a pattern with its marks bound.

        `given` are bindings that hold all through the pattern, as inside EXISTS. `among` are variables and
        rows: solutions whose certain variables are in none of the rows may be left out.
        """
        start = self._values(pattern, *among) if among else ""
        # The engine takes BOUND of what is only bound from outside for false beforehand.
        text = printer.group(pattern, marked=True, bound=frozenset(given or ()))
        end = f" LIMIT {limit}" if limit is not None else ""
        yield from self._select(visible(pattern) | marks(pattern), text, graph, given or {}, end, start)

    def holds(self, expression: str, solution: Solution, graph: Term | None, *, wanted: bool = True) -> bool:
        """Tell whether the engine finds an expression true (or, as `wanted` says, false) in a solution."""
        condition = f"({expression})" if wanted else f"(!({expression}))"
        # As VALUES and not from outside, for the same reason.
        known = {n: t for n, t in solution.items() if not isinstance(t, BlankNode)}
        values = " ".join(f"VALUES {name} {{ {term} }}" for name, term in known.items())
        text = f"{values} FILTER {condition}"
        return next(self._select(frozenset(), text, graph, solution, " LIMIT 1"), None) is not None

    def denies(self, claim: str, given: Mapping[str, Term] | None = None, *, alone: bool = False) -> bool:
        """Tell whether a pattern that is said to be absent has no solution, asked as anybody would ask it.

        `given` are blank nodes that some of its variables stand for; `alone` tells that it does not see them
        and is only compared with them. What cannot be asked is not denied.
        """
        lists = zip(("FROM", "FROM NAMED"), self.clauses, strict=True)
        clauses = " ".join(f"{word} <{iri}>" for word, iris in lists for iri in iris)
        nodes = given or {}
        names = " ".join(nodes) or "(1 AS ?one)"
        key = (claim, frozenset(nodes.items()))
        if key not in self._denied:
            try:
                text = mended(f"SELECT {names} {clauses} {{ {claim} }}")
                terms = {} if alone else {Variable(name[1:]): term for name, term in nodes.items()}
                rows = cast("QuerySolutions", self.store.query(text, substitutions=terms))
                wanted = [(None, node) for node in nodes.values()]
                self._denied[key] = not any(all(map(contains, wanted, row)) for row in rows)
            except (SyntaxError, ValueError, RuntimeError):
                self._denied[key] = False
        return self._denied[key]

    def path_to(self, node: Term, name: str, graph: Term | None) -> str:
        """Return a pattern that leads from something with a name to a node, called `name`; empty for none."""
        ways: dict[Term, tuple[str, ...]] = {node: ()}
        waiting = [node]
        for reached in islice(waiting, _FAR):
            for quad in sorted(self.quads(None, None, reached, graph), key=str):
                way = (str(quad.predicate), *ways[reached])
                if isinstance(quad.subject, NamedNode):
                    return f"{quad.subject} {'/'.join(way)} {name} ."
                if quad.subject not in ways:
                    ways[quad.subject] = way
                    waiting.append(quad.subject)
        return ""

    def rows(self, text: str, columns: tuple[str, ...]) -> Iterator[Row]:
        """Yield the rows of a SELECT printed from the query; its columns are those, in order."""
        return (tuple(row)[: len(columns)] for row in self._query_rows(text))

    def _select(
        self,
        names: frozenset[str],
        pattern: str,
        graph: Term | None,
        given: Solution,
        end: str,
        start: str = "",
    ) -> Iterator[Solution]:
        # Every variable that a term is substituted for must be projected.
        projected = sorted({*names, *given}) or [f"(1 AS {self._query.own}0)"]

        def asked(start: str) -> str:
            inside = f"{start} {pattern}" if graph is None else f"GRAPH {graph} {{ {start} {pattern} }}"
            return f"SELECT {' '.join(projected)} {self.dataset} WHERE {{ {inside} }}{end}"

        # Constants ask for no other writing, and there may be very many of them.
        as_is = bool(start) and not self._is_mended(asked(""))
        answer = self._query_rows(asked(start), given, as_is=as_is)
        variables = [f"?{variable.value}" for variable in answer.variables]
        for row in answer:
            yield bindings(variables, row)

    def _is_mended(self, text: str) -> bool:
        whole = f"{self._query.prologue} {text}"
        return mended(whole) != whole

    def _query_rows(self, text: str, given: Solution | None = None, *, as_is: bool = False) -> QuerySolutions:
        substituted = {Variable(name[1:]): term for name, term in (given or {}).items()}
        whole = f"{self._query.prologue} {text}"
        answer = self.store.query(whole if as_is else mended(whole), substitutions=substituted)
        assert isinstance(answer, QuerySolutions)
        return answer

    def _values(self, pattern: Group, columns: tuple[str, ...], rows: Iterable[Row]) -> str:
        """Return a VALUES clause that puts the rows' bindings in place, as far as that changes no meaning."""
        # The engine lets OPTIONAL and MINUS see what is bound beforehand, in groups that should not either.
        apart = [e for e in within(pattern, negated=True) if isinstance(e, (Optional, Minus))]
        sure = certain(pattern)
        sure = sure.difference(
            *(fixed(Group((e,)) if isinstance(e, Minus) else e.group, sure) for e in apart)
        )
        places = [index for index, name in enumerate(columns) if name in sure]
        if not places:
            return ""
        lines = {tuple(_value(row[index]) for index in places) for row in rows}
        names = " ".join(columns[index] for index in places)
        written = " ".join(f"({' '.join(line)})" for line in sorted(lines))
        return f"VALUES ({names}) {{ {written} }}"


def bindings(names: Iterable[str], row: Iterable[Term | None]) -> Solution:
    """Return a row as a solution: what it binds."""
    return {name: term for name, term in zip(names, row, strict=True) if term is not None}


def _value(term: Term | None) -> str:
    # A blank node in a query's text would be a variable.
    return "UNDEF" if term is None or isinstance(term, BlankNode) else str(term)
