"""The saved query as an object: a question with a name, a text and typed parameters.

Knows what a query file says once it is checked (`amcc_kg.repository.headers` checks it), how one is found by
name, and the term that a text is as a value of a parameter. Labels, which only the graph knows, are read in
`amcc_kg.graph.parameters`; answering is `amcc_kg.graph.store`'s.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode

from amcc_kg.sparql.prologue import Term
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.terms.spelling import nearest

EXPECTED = {
    "term": "a term: <IRI>, prefix:name or a label",
    "iri": "an IRI: <IRI> or prefix:name",
    "string": "text",
    "integer": "a whole number such as 3",
    "decimal": "a number such as 1.5",
    "date": "a date such as 2018-09-19",
    "boolean": "true or false",
}
"""The types that a parameter may have, and what a value of each is."""
_WRITTEN = {
    "integer": r"[+-]?[0-9]+",
    "decimal": r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)",
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "boolean": "true|false",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable of a query whose value the asker gives."""

    name: str
    type: str  # one of `EXPECTED`
    default: str | None = None  # the text of the value used where none is given; None: one is required
    # The values that may be given, or a SELECT of them and, in a second column, of what people call them.
    allowed: tuple[str, ...] | str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query with its metadata; `saved` is False for one that was given without a header."""

    name: str
    path: Path | None
    text: str
    title: str = ""
    question: str = ""
    tags: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    saved: bool = True

    @property
    def source(self) -> str:
        """What errors call the query."""
        return str(self.path) if self.path else self.name


def of_record(record: dict[str, Any], root: Path) -> SavedQuery:
    """Return the query of a record in the compiled graph; raises the `PlacedError` it may hold instead."""
    path = root / record["path"]
    if error := record.get("error"):
        raise PlacedError(path, error["line"], error["column"], error["reason"])
    parameters = (
        # JSON has no tuples.
        Parameter(**p | {"allowed": tuple(p["allowed"]) if isinstance(p["allowed"], list) else p["allowed"]})
        for p in record["parameters"]
    )
    said = record["text"], record["title"], record["question"], tuple(record["tags"])
    return SavedQuery(record["name"], path, *said, tuple(parameters))


def find(name: str, records: Sequence[dict[str, Any]], root: Path) -> SavedQuery:
    """Return the saved query of that name; raises `InputError` naming the nearest where there is none."""
    for record in records:
        if record["name"] == name:
            return of_record(record, root)
    hint = nearest(name, [record["name"] for record in records]) or "; `amcc queries` lists them"
    raise InputError(f"no saved query is called {name!r}{hint}")


def all_of(records: Sequence[dict[str, Any]], root: Path) -> list[SavedQuery]:
    """Return all saved queries by name; raises the `PlacedError` of the first that is not well written."""
    return [of_record(record, root) for record in sorted(records, key=lambda r: str(r["name"]))]


def literal(type_: str, text: str) -> Term:
    """Return the term that a text is as a value of a type, labels apart; `ValueError` says what it is not."""
    if type_ == "string":
        return Literal(text)
    try:
        if type_ in ("iri", "term"):
            is_whole = re.match(r"[A-Za-z][\w+.-]*://", text)
            return NamedNode(prefixes.expand(text) or (text if is_whole else ""))
        text = text.strip().lower() if type_ == "boolean" else text.strip()
        if not re.fullmatch(_WRITTEN[type_], text, re.ASCII):
            raise ValueError(text)
        if type_ == "date":
            datetime.date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(EXPECTED[type_]) from error
    return Literal(text, datatype=NamedNode(f"{prefixes.XSD}{type_}"))
