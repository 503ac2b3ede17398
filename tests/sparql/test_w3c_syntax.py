"""The reader held to the W3C's tests of SPARQL 1.1 and 1.2: what is a query, what is none."""

from __future__ import annotations

import re

import pytest
import w3c_syntax
from query_engine import accepted
from w3c_syntax import Case

from amcc_kg.sparql import printer, reader
from amcc_kg.sparql.reader import UnreadableError

QUERIES = [c for c in w3c_syntax.ALL if not (c.is_update or c.is_negative)]
BROKEN = [c for c in w3c_syntax.ALL if c.is_negative and not c.is_update]
UPDATES = [c for c in w3c_syntax.ALL if c.is_update]
pytestmark = pytest.mark.skipif(
    not w3c_syntax.ALL, reason="AMCC_W3C does not name the folder of the W3C's test suites"
)


def by_name(cases: list[Case]):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


def test_the_suites_are_all_there() -> None:
    assert (len(QUERIES), len(BROKEN), len(UPDATES)) >= (530, 120, 20)


@by_name(QUERIES)
def test_a_query_is_read_and_reads_as_the_same_tree_when_it_is_printed(case: Case) -> None:
    written = printer.query(reader.read(case.text, case.version))
    again = reader.read(written, case.version)
    assert printer.query(again) == written
    assert reader.read(printer.query(again), case.version) == again


@by_name(QUERIES)
def test_the_engine_takes_what_is_printed_of_what_it_takes(case: Case) -> None:
    assert accepted(printer.query(reader.read(case.text, case.version))) or not accepted(case.text)


@by_name(BROKEN)
def test_what_is_no_query_is_refused_at_a_place_in_it(case: Case) -> None:
    with pytest.raises(UnreadableError) as caught:
        reader.read(case.text, case.version)
    lines = case.text.split("\n")
    assert 1 <= caught.value.line <= len(lines)
    assert 1 <= caught.value.column <= len(lines[caught.value.line - 1]) + 1
    assert re.search(
        r"expected|bound anew|neither grouped|GROUP BY|VALUES|aggregate|path|prefix", str(caught.value)
    )


@by_name(UPDATES)
def test_an_update_is_told_from_a_query(case: Case) -> None:
    with pytest.raises(UnreadableError, match="an update, not a query"):
        reader.read(case.text, case.version)
