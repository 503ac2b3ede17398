"""What a query answers: rows, yes or no, or a graph, as one immutable object.

Knows how an answer is walked through and shown; the written formats are in `amcc_kg.graph.formats`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from pyoxigraph import BlankNode, Literal, NamedNode, QueryBoolean, QuerySolutions, QueryTriples, Triple

from amcc_kg.graph import formats
from amcc_kg.graph.formats import ASK, GRAPH, SELECT, Term
from amcc_kg.graph.receipt import Receipt
from amcc_kg.terms.errors import InputError

if TYPE_CHECKING:
    import pandas

__all__ = ["ASK", "GRAPH", "SELECT", "Result", "Row", "Term", "of_engine", "of_triples", "plain"]

_NO_EVIDENCE = "this answer did not come from a graph that is at hand, so it has no evidence"


class Receipts(Protocol):
    """The receipts of all rows, in order, as the rooms above find them."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Receipt: ...
    def __iter__(self) -> Iterator[Receipt]: ...


class Row:
    """One solution: `row.person`, `row["person"]` and `row[0]` are the same term, None where unbound.

    A column that is called as an attribute of the class is, `evidence` say, is `row["evidence"]` only.
    """

    __slots__ = ("_columns", "_receipt", "_terms")

    def __init__(
        self,
        columns: tuple[str, ...],
        terms: tuple[Term | None, ...],
        receipt: Callable[[], Receipt] | None = None,
    ) -> None:
        self._columns = columns
        self._terms = terms
        self._receipt = receipt

    @property
    def evidence(self) -> Receipt:
        """What justifies this row: asserted triples, the passages that state them, and absences.

        Sought when it is first asked for. Raises `InputError` for an answer of an endpoint.
        """
        if self._receipt is None:
            raise InputError(_NO_EVIDENCE)
        return self._receipt()

    def keys(self) -> tuple[str, ...]:
        """Return the column names, so that `dict(row)` works."""
        return self._columns

    def __getitem__(self, key: int | str) -> Term | None:
        if isinstance(key, int):
            return self._terms[key]
        if key not in self._columns:
            raise KeyError(key)
        return self._terms[self._columns.index(key)]

    def __getattr__(self, name: str) -> Term | None:
        if name.startswith("_") or name not in self._columns:
            raise AttributeError(f"no column {name!r}; the columns are {', '.join(self._columns)}")
        return self[name]

    def __iter__(self) -> Iterator[Term | None]:
        return iter(self._terms)

    def __len__(self) -> int:
        return len(self._terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and (self._columns, self._terms) == (other._columns, other._terms)

    def __hash__(self) -> int:
        return hash((self._columns, self._terms))

    def __repr__(self) -> str:
        return f"Row({', '.join(f'{c}={t}' for c, t in zip(self._columns, self._terms, strict=True))})"


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to a query.

    `kind` is `select` (then `columns` and `solutions` hold it), `ask` (`boolean`) or `graph` (`triples`, in
    a fixed order, none twice). `sought` gives its receipts, None where the graph is not at hand.
    """

    kind: str
    columns: tuple[str, ...] = ()
    solutions: tuple[tuple[Term | None, ...], ...] = ()
    boolean: bool = False
    triples: tuple[Triple, ...] = ()
    sought: Callable[[], Receipts] | None = field(default=None, repr=False, compare=False)

    @property
    def rows(self) -> list[Row]:
        """The solutions of a SELECT; the triples of a graph as rows subject, predicate, object."""
        names = formats.columns(self)
        return [Row(names, terms, self._receipt(at)) for at, terms in enumerate(formats.rows(self))]

    @property
    def receipts(self) -> Receipts:
        """The receipts of the rows, in order; a yes or no has one. They are sought as they are asked for.

        Raises `InputError` for an answer of an endpoint.
        """
        if self.sought is None:
            raise InputError(_NO_EVIDENCE)
        return self.sought()

    def _receipt(self, index: int) -> Callable[[], Receipt] | None:
        sought = self.sought
        return None if sought is None else lambda: sought()[index]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.triples) if self.kind == GRAPH else len(self.solutions)

    def __bool__(self) -> bool:
        return self.boolean if self.kind == ASK else len(self) > 0

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    def __str__(self) -> str:
        return self.to_string().rstrip("\n")

    def _repr_html_(self) -> str:
        return formats.html(self)

    def to_string(self, format: str | None = None) -> str:
        """Return the answer in a format of `amcc_kg.graph.formats.FORMATS`; table or turtle if none is named.

        Raises `InputError` for a format that cannot hold this kind of answer.
        """
        return formats.write(self, format or ("turtle" if self.kind == GRAPH else "table"))

    def to_pandas(self) -> pandas.DataFrame:
        """Return the rows as a data frame of plain values: IRIs and text as `str`, numbers as numbers.

        Raises `InputError` for a yes or no, or if pandas is not installed.
        """
        if self.kind == ASK:
            raise InputError("a yes or no has no rows for a data frame; use bool(result)")
        try:
            import pandas
        except ImportError as error:
            raise InputError("pandas is not installed: pip install 'amcc-kg[pandas]'") from error
        rows = [[plain(term) for term in row] for row in formats.rows(self)]
        return pandas.DataFrame(rows, columns=list(formats.columns(self)))

    def head(self, limit: int | None) -> Result:
        """Return the answer cut after `limit` rows or triples; whole for None."""
        if limit is None:
            return self
        return replace(self, solutions=self.solutions[:limit], triples=self.triples[:limit])


def plain(term: Term | None) -> Any:
    """Return a term as a Python value: int, float, bool or str; None for unbound."""
    if isinstance(term, Literal):
        kind = term.datatype.value.rpartition("#")[2]
        try:
            if kind in ("integer", "int", "long"):
                return int(term.value)
            if kind in ("decimal", "double", "float"):
                return float(term.value)
        except ValueError:
            return term.value
        return term.value in ("true", "1") if kind == "boolean" else term.value
    if isinstance(term, NamedNode):
        return term.value
    return f"_:{term.value}" if isinstance(term, BlankNode) else None if term is None else str(term)


def of_engine(answer: QuerySolutions | QueryBoolean | QueryTriples, limit: int | None = None) -> Result:
    """Return what the engine's answer holds, read no further than `limit` rows or triples."""
    if isinstance(answer, QuerySolutions):
        columns = tuple(variable.value for variable in answer.variables)
        return Result(SELECT, columns, tuple(tuple(solution) for solution in islice(answer, limit)))
    if isinstance(answer, QueryBoolean):
        return Result(ASK, boolean=bool(answer))
    return of_triples(answer, limit)


def of_triples(triples: Iterable[Triple], limit: int | None = None) -> Result:
    """Return a graph that holds triples, none twice, read no further than `limit` of them."""
    found: set[Triple] = set()
    for triple in triples if limit != 0 else ():
        found.add(triple)
        if len(found) == limit:
            break
    return Result(GRAPH, triples=tuple(sorted(found, key=str)))
