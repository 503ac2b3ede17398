"""Values of parameters from Python: read as the command line reads them, or refused, never answered empty."""

from __future__ import annotations

import datetime
import decimal
from pathlib import Path
from typing import Any

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


def test_a_text_that_is_a_term_is_that_text_where_no_type_is_declared(kg) -> None:
    for value in (ox.Literal("S Iswaran"), rdflib.Literal("S Iswaran"), '"S Iswaran"'):
        assert kg.bind(kg.find("SELECT ?x { ?s ?p ?x }"), {"x": value}) == {"x": ox.Literal("S Iswaran")}
        assert str(kg.explain("person:s-iswaran", "rdfs:label", value)).startswith(
            'person:s-iswaran rdfs:label "S Iswaran" does not hold'
        )


def test_what_comes_out_of_a_data_frame_goes_in_again(kg) -> None:
    numpy, pandas = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    day = kg.query("member-states", on=DAY)
    assert day == kg.query("member-states", on=datetime.datetime(2018, 9, 19))
    assert day == kg.query("member-states", on=pandas.Timestamp("2018-09-19"))
    text = "SELECT ?p ?n { ?p amcc:number ?n }"
    assert kg.query(text, n=numpy.int64(5)) == kg.query(text, n=5)
    with pytest.raises(InputError, match="NaTType cannot be"):
        kg.query(text, n=pandas.NaT)
    with pytest.raises(InputError, match="is not a date"):
        kg.query("member-states", on=datetime.datetime(2018, 9, 19, 10))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"limit": "3"}, "a limit of '3' rows"),
        ({"limit": 2.5}, "a limit of 2.5 rows"),
        ({"limit": -1}, "a limit of -1 rows"),
        ({"timeout": "x"}, "a timeout of 'x'"),
        ({"timeout": 0}, "a timeout of 0"),
        ({"inference": "no"}, "inference is 'no'"),
    ],
)
def test_what_is_no_way_to_ask_is_said(kg, given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        kg.query("SELECT ?s { ?s ?p ?o }", **given)


def test_what_cannot_be_a_value_is_named(kg) -> None:
    with pytest.raises(InputError, match="_:x cannot be the value of a parameter"):
        kg.query("member-states", on=rdflib.BNode("x"))
    for value, named in ((ox.BlankNode("b"), "a blank node"), (object(), "a object")):
        with pytest.raises(InputError, match=f"{named} cannot be the value of a parameter"):
            kg.query("member-states", on=value)


def test_any_of_a_list_of_values_will_do(kg) -> None:
    one, other = (kg.query("commitments-by-status", status=name) for name in ("planned", "agreed"))
    for several in (["planned", "agreed"], ("agreed", "planned", "planned"), {"planned", "agreed"}):
        both = kg.query("commitments-by-status", status=several, evidence=True)
        assert set(both.solutions) == set(one.solutions) | set(other.solutions)
        assert len(both) == len(one) + len(other)
        alone = [row.evidence for some in (one, other) for row in some]
        assert all(row.evidence in alone for row in both)
    assert kg.query("commitments-by-status", status=["planned"]) == one
    days = [DAY, "2018-04-26", rdflib.Literal(DAY)]
    assert kg.bind(kg.find("member-states"), {"on": days}) == {
        "on": (DATE, ox.Literal("2018-04-26", datatype=DATE.datatype))
    }


def test_each_of_a_list_of_values_is_checked(kg) -> None:
    with pytest.raises(InputError, match=r"nothing is called 'plannd'.*did you mean 'planned'"):
        kg.query("commitments-by-status", status=["agreed", "plannd"])
    with pytest.raises(InputError, match=r"the parameter on: None|a NoneType cannot be"):
        kg.query("member-states", on=[DAY, None])
    for query in ("member-states", "SELECT ?on { ?s ?p ?on }"):
        with pytest.raises(InputError, match=r"the parameter on: .*give one at least"):
            kg.query(query, on=[])


def test_a_list_is_joined_as_values_are(kg) -> None:
    text = "SELECT ?x ?who { ?x amcc:chairedBy ?who }"
    some = [ox.NamedNode(f"{prefixes.BASE}event/amcc-{number}") for number in (2, 3)]
    found = kg.query(text, x=some)
    assert {row.x for row in found} == set(some)
    assert found == kg.query(text.replace("{", f"{{ VALUES ?x {{ {some[0]} {some[1]} }}"))
