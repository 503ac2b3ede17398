"""Values of parameters from Python: read as the command line reads them, or refused, never answered empty."""

from __future__ import annotations

import datetime
import decimal
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

import amcc_kg
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError

ROOT = Path(__file__).parent.parent.parent
DAY = datetime.date(2018, 9, 19)
DATE = ox.Literal("2018-09-19", datatype=ox.NamedNode(f"{prefixes.XSD}date"))


@pytest.fixture(scope="module")
def kg():
    return amcc_kg.open(ROOT)


@pytest.mark.parametrize(
    "value",
    [
        "2018-09-19",
        DAY,
        DATE,
        ox.Literal("2018-09-19"),
        rdflib.Literal("2018-09-19"),
        rdflib.Literal(DAY),
    ],
    ids=repr,
)
def test_a_date_may_be_given_as_what_says_that_date(kg, value: object) -> None:
    assert kg.bind(kg.find("member-states"), {"on": value}) == {"on": DATE}
    assert kg.query("member-states", on=value)


@pytest.mark.parametrize(
    "value",
    [
        2018,
        True,
        3.5,
        "2018",
        ox.Literal("x"),
        ox.NamedNode("http://e/2018-09-19"),
        rdflib.URIRef("http://e/x"),
        rdflib.Literal(2018),
        rdflib.Literal("2018-09-19", lang="en"),
        datetime.datetime(2018, 9, 19, 10),
        decimal.Decimal("2018"),
        ox.Literal("2018-09-19", datatype=ox.NamedNode(f"{prefixes.XSD}gYear")),
    ],
    ids=repr,
)
def test_what_is_no_date_is_refused_as_the_text_would_be(kg, value: object) -> None:
    with pytest.raises(InputError, match=r"the parameter on: .* is not a date such as 2018-09-19"):
        kg.query("member-states", on=value)


@pytest.mark.parametrize(
    ("value", "term"),
    [
        (decimal.Decimal("1.50"), ox.Literal("1.50", datatype=ox.NamedNode(f"{prefixes.XSD}decimal"))),
        (7, ox.Literal(7)),
        (DAY, DATE),
        (
            datetime.datetime(2018, 9, 19, 10),
            ox.Literal("2018-09-19T10:00:00", datatype=ox.NamedNode(f"{prefixes.XSD}dateTime")),
        ),
        (rdflib.URIRef("http://e/x"), ox.NamedNode("http://e/x")),
    ],
    ids=repr,
)
def test_values_of_python_are_terms_of_their_types(kg, value: object, term: object) -> None:
    assert kg.bind(kg.find("SELECT ?x { ?s ?p ?x }"), {"x": value}) == {"x": term}


def test_a_label_may_be_given_as_a_term_of_text(kg) -> None:
    plain = kg.query("who-said-what", speaker="S Iswaran")
    assert plain and plain == kg.query("who-said-what", speaker=rdflib.Literal("S Iswaran"))


def test_what_cannot_be_a_value_is_named(kg) -> None:
    for value, named in ((ox.BlankNode("b"), "a blank node"), (object(), "a object")):
        with pytest.raises(InputError, match=f"{named} cannot be the value of a parameter"):
            kg.query("member-states", on=value)
