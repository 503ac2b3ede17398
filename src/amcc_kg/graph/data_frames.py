"""An answer as a data frame of pandas, each column of the type that all of its values have.

Knows what pandas calls XML Schema's types; nothing of where an answer comes from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    import pandas

_DATES = {f"{prefixes.XSD}{name}" for name in ("date", "dateTime")}
_ZONE = re.compile(r"(Z|[+-]..:..|)\Z")
_TYPES: dict[type, str] = {int: "Int64", bool: "boolean"}
_PYTHON: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("integer", "int", "long"), int),
    **dict.fromkeys(("decimal", "double", "float"), float),
    "boolean": ("true", "1").__contains__,
}

Term = NamedNode | BlankNode | Literal | Triple


def data_frame(
    names: Sequence[str], rows: Sequence[Sequence[Term | None]], evidence: list[str] | None = None
) -> pandas.DataFrame:
    """Return rows of terms as a data frame; what each rests on, where it is given, is the last column."""
    import pandas  # which changes settings of the process

    columns = [(name, _column([row[at] for row in rows])) for at, name in enumerate(names)]
    if evidence is not None:
        name = "evidence"
        while name in names:
            name += "_"
        columns.append((name, pandas.Series(evidence, dtype=object)))
    frame = pandas.DataFrame({at: column for at, (_, column) in enumerate(columns)})
    frame.columns = pandas.Index([name for name, _ in columns])
    return frame


def _column(terms: Sequence[Term | None]) -> pandas.Series:
    """Return a column: of integers, booleans or moments where every bound value is one, else as `plain`."""
    import pandas

    bound = [term for term in terms if term is not None]
    values = [plain(term) for term in terms]
    kinds = {type(value) for value in values if value is not None}
    with suppress(ValueError, OverflowError):  # too far away or too large for pandas
        if len(kinds) == 1 and (kind := _TYPES.get(*kinds)):
            return pandas.Series(values, dtype=kind)
        if bound and all(isinstance(term, Literal) and term.datatype.value in _DATES for term in bound):
            # One with a zone beside one without could be at the same moment or not: they stay texts.
            moments = [
                text and (text if "T" in text else _ZONE.sub(r"T00:00:00\1", text, 1)) for text in values
            ]
            return pandas.to_datetime(pandas.Series(moments), format="ISO8601")
    return pandas.Series(values, dtype=None if kinds else object)


def plain(term: Term | None) -> Any:
    """Return a term as a Python value: int, float, bool or str; None for unbound."""
    if isinstance(term, Literal):
        with suppress(ValueError):
            return _PYTHON.get(term.datatype.value.rpartition("#")[2], str)(term.value)
    if isinstance(term, (Literal, NamedNode)):
        return term.value
    return None if term is None else str(term)
