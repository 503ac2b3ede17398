"""The types that a saved query's parameter may have, and the term that a text is as a value of each.

Knows how values are written; labels, which only the graph knows, are read in `amcc_kg.graph.parameters`.
"""

from __future__ import annotations

import datetime
import re

from pyoxigraph import Literal, NamedNode

from amcc_kg.sparql.bindings import Term
from amcc_kg.terms import prefixes

EXPECTED = {
    "term": "a term: <IRI>, prefix:name or a label",
    "iri": "an IRI: <IRI> or prefix:name",
    "string": "text",
    "integer": "a whole number such as 3",
    "decimal": "a number such as 1.5",
    "date": "a date such as 2018-09-19",
    "boolean": "true or false",
}
TYPES = tuple(EXPECTED)


def literal(type_: str, text: str) -> Term:
    """Return the term that a text is as a value of a type, labels apart.

    Raises `ValueError` saying what it is not.
    """
    wrong = ValueError(EXPECTED[type_])
    if type_ == "string":
        return Literal(text)
    if type_ in ("iri", "term"):
        iri = prefixes.expand(text) or (text if re.match(r"[A-Za-z][\w+.-]*://", text) else None)
        if iri is None:
            raise wrong
        try:
            return NamedNode(iri)
        except ValueError as error:
            raise wrong from error
    text = text.strip().lower() if type_ == "boolean" else text.strip()
    pattern = {
        "integer": r"[+-]?[0-9]+",
        "decimal": r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)",
        "boolean": "true|false",
    }
    if type_ == "date":
        if not _is_date(text):
            raise wrong
    elif not re.fullmatch(pattern[type_], text, re.ASCII):
        raise wrong
    return Literal(text, datatype=NamedNode(f"{prefixes.XSD}{type_}"))


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII) is not None
