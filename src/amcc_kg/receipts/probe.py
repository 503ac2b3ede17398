"""The engine asked about pieces of a query: the solutions of a pattern, whether an expression holds.

Knows how pieces become a query again: prologue, dataset clauses, parameters, the graph in force. What an
expression means is the engine's to say. Knows nothing of witnesses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store, Variable

from amcc_kg.graph.answers import Term
from amcc_kg.sparql import printer
from amcc_kg.sparql.tree import Group, Minus, Query, certain, marks, visible, within

Row: TypeAlias = tuple[Term | None, ...]
Solution: TypeAlias = dict[str, Term]


class Probe:
    """One query over one store: its constants as terms, its patterns as solutions."""

    def __init__(self, store: Store, query: Query, parameters: Mapping[str, Term]) -> None:
        """Take a store, the query and the terms that its parameters stand for, by name without `?`."""
        self._store = store
        self._query = query
        self.parameters: Solution = {f"?{name}": term for name, term in parameters.items()}
        self.constants = self._resolved()
        self._default: list[Any] = [DefaultGraph()]
        if query.defaults or query.named:
            self._default = [self.constants[iri] for iri in query.defaults]
        clauses = [f"FROM {iri}" for iri in query.defaults] + [f"FROM NAMED {iri}" for iri in query.named]
        self.dataset = " ".join(clauses)

    def _resolved(self) -> dict[str, Term]:
        """Let the engine say which terms the texts are: it knows prefixes, escapes and the base."""
        texts = sorted(self._query.constants)
        if not texts:
            return {}
        columns = " ".join(f"({text} AS ?c{index})" for index, text in enumerate(texts))
        answer = self._query_rows(f"SELECT {columns} {{}}", {})
        return dict(zip(texts, next(iter(answer)), strict=True))

    @property
    def clauses(self) -> tuple[list[str], list[str]]:
        """The IRIs of the graphs of FROM and of FROM NAMED."""
        lists = (self._query.defaults, self._query.named)
        defaults, named = ([str(self.constants[iri])[1:-1] for iri in some] for some in lists)
        return defaults, named

    def term(self, text: str, solution: Solution) -> Term | None:
        """Return what a variable or a term of a pattern is in a solution, None for an unbound variable."""
        if text.startswith("?"):
            found = solution.get(text)
            return self.parameters.get(text) if found is None else found
        return self.constants[text]

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
            pattern = self._store.quads_for_pattern
            return [q for g in graphs for q in pattern(subject, predicate, object_, g)]
        return []

    def graphs(self) -> list[Term]:
        """Return the named graphs that the query can see, in a fixed order."""
        if self._query.defaults or self._query.named:
            return [self.constants[iri] for iri in sorted(self._query.named)]
        return sorted(self._store.named_graphs(), key=str)

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
        # With bindings in place, the engine takes MINUS inside OPTIONAL to share their variables.
        has_minus = any(isinstance(part, Minus) for part in within(pattern))
        start = self._values(pattern, *among) if among and not has_minus else ""
        # The engine takes BOUND of what is only bound from outside for false beforehand.
        text = f"{start} {printer.group(pattern, marked=True, bound=frozenset(given or ()))}"
        end = f" LIMIT {limit}" if limit is not None else ""
        yield from self._select(visible(pattern) | marks(pattern), text, graph, given or {}, end)

    def holds(self, expression: str, solution: Solution, graph: Term | None, *, wanted: bool = True) -> bool:
        """Tell whether the engine finds an expression true (or, as `wanted` says, false) in a solution."""
        condition = f"({expression})" if wanted else f"(!({expression}))"
        # As VALUES and not from outside, for the same reason.
        known = {n: t for n, t in (self.parameters | solution).items() if not isinstance(t, BlankNode)}
        values = " ".join(f"VALUES {name} {{ {term} }}" for name, term in known.items())
        text = f"{values} FILTER {condition}"
        return next(self._select(frozenset(), text, graph, solution, " LIMIT 1"), None) is not None

    def rows(self, text: str, columns: tuple[str, ...]) -> Iterator[Row]:
        """Yield the rows of a SELECT printed from the query; its columns are those, in order."""
        known = {n: t for n, t in self.parameters.items() if n in columns}
        return (tuple(row)[: len(columns)] for row in self._query_rows(text, known))

    def _select(
        self, names: frozenset[str], pattern: str, graph: Term | None, given: Solution, end: str
    ) -> Iterator[Solution]:
        known = self.parameters | given
        # Every variable that a term is substituted for must be projected.
        projected = sorted({*names, *known}) or [f"(1 AS {self._query.own}0)"]
        inside = pattern if graph is None else f"GRAPH {graph} {{ {pattern} }}"
        text = f"SELECT {' '.join(projected)} {self.dataset} WHERE {{ {inside} }}{end}"
        answer = self._query_rows(text, known)
        variables = [f"?{variable.value}" for variable in answer.variables]
        for row in answer:
            yield bindings(variables, row)

    def _query_rows(self, text: str, known: Solution) -> QuerySolutions:
        given = {Variable(name[1:]): term for name, term in known.items()}
        answer = self._store.query(f"{self._query.prologue} {text}", substitutions=given)
        assert isinstance(answer, QuerySolutions)
        return answer

    def _values(self, pattern: Group, columns: tuple[str, ...], rows: Iterable[Row]) -> str:
        """Return a VALUES clause that puts the rows' bindings in place, as far as that changes no meaning."""
        sure = certain(pattern) - self.parameters.keys()
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
