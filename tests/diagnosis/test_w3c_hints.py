"""Hints on the W3C's evaluation queries: few, true in every word, and each of them known."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pyoxigraph import Store
from w3c_evaluation import CASES, Case

from amcc_kg.diagnosis import diagnosis
from amcc_kg.graph.answers import ASK, Question, of_engine
from amcc_kg.graph.hints import Hint, is_doubtful
from amcc_kg.receipts.emptiness import culprits
from amcc_kg.receipts.probe import Probe
from amcc_kg.sparql import reader
from amcc_kg.sparql.deviations import mended

GOLDEN = Path(__file__).parent / "w3c_hints.txt"
ASKED = [case for case in CASES if "SERVICE" not in case.text().upper()]
pytestmark = pytest.mark.skipif(
    not CASES, reason="AMCC_W3C does not name the folder of the W3C's test suites"
)


def hints(case: Case, store: Store) -> tuple[Hint, ...]:
    text = case.text()
    found = of_engine(store.query(mended(text)))
    is_empty = found.kind != ASK and not found
    if not is_empty and not is_doubtful(text, store):
        return ()
    return diagnosis.hints(Question(text), store, is_empty=is_empty, isolated=False)


def test_each_hint_is_known() -> None:
    """Written anew with AMCC_WRITE_GOLDEN=1; to be read before it is kept."""
    found = "".join(f"{case.name}: {hint}\n" for case in ASKED for hint in hints(case, case.store()))
    if os.environ.get("AMCC_WRITE_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_each_hint_is_true() -> None:
    for case in ASKED:
        store, text = case.store(), case.text()
        query = reader.read(text)
        constants = Probe(store, query).constants
        for hint in hints(case, store):
            written = text.splitlines()[hint.line - 1][hint.column - 1 :]
            if hint.text.startswith(("no rows", "no triples")):
                assert len(of_engine(store.query(mended(text)))) == 0
                claims = [c.claim for c in culprits(Probe(store, query), query) if c.claim]
                assert not any(next(Probe(store, query).solutions(c), None) for c in claims)
                continue
            said = re.fullmatch(r"(\S+) (occurs nowhere in the graph|occurs only here)", hint.text)
            assert said and written.startswith(said[1])
            if said[2] == "occurs only here":
                assert len(re.findall(re.escape(said[1]) + r"\b", text)) == 1
            else:
                term = constants[said[1]]
                assert not any(term in (*quad, quad.graph_name) for quad in store)
                near = reader.read(f"{query.prologue} ASK {{ ?s ?p {hint.nearest} }}")
                named = Probe(store, near).constants[hint.nearest]
                assert any(named in (*quad, quad.graph_name) for quad in store)
