"""Hints on random queries over random graphs: what is said is true, every empty answer is told why."""

from __future__ import annotations

import os
import re

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad
from query_strategies import EX, graphs, queries, store_of

from amcc_kg.diagnosis import diagnosis
from amcc_kg.graph.answers import ASK, SELECT, Question, of_engine
from amcc_kg.receipts import forms
from amcc_kg.receipts.emptiness import culprits
from amcc_kg.receipts.probe import Probe
from amcc_kg.receipts.tracer import Tracer
from amcc_kg.sparql import reader
from amcc_kg.sparql.deviations import mended
from amcc_kg.sparql.prologue import Bound, with_values

LONG = settings(
    max_examples=int(os.environ.get("AMCC_EXAMPLES", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

PARAMETERS = st.dictionaries(
    st.sampled_from("ab"), st.sampled_from([NamedNode(f"{EX}n0"), Literal(1)]), max_size=2
)


@LONG
@given(graphs, queries(), PARAMETERS)
def test_an_empty_answer_is_told_why_and_the_graph_agrees(
    quads: list[Quad], text: str, bindings: dict[str, Bound]
) -> None:
    store = store_of(quads)
    answer = of_engine(store.query(mended(with_values(text, bindings))))
    assume(answer.kind != ASK and not answer)
    query = reader.read(text)
    found = list(culprits(Probe(store, query), query, bindings))
    assert found and len(diagnosis.why_empty(Question(text, bindings), store)) == min(len(found), 9)
    for culprit in found:
        assert culprit.claim is None or next(Probe(store, query).solutions(culprit.claim), None) is None
    if answer.kind != SELECT:
        return
    query = reader.read(with_values(text, bindings))
    (witness,) = forms.witnesses(Tracer(store, query), answer, 0, 1)
    assert not witness.gaps
    for claim in witness.absences:
        asked = f"{query.prologue} ASK {Probe(store, query).dataset} WHERE {{ {claim} }}"
        assert not bool(store.query(mended(asked))), claim


@LONG
@given(graphs, queries())
def test_what_is_said_to_occur_nowhere_or_once_does(quads: list[Quad], text: str) -> None:
    store = store_of(quads)
    query = reader.read(text)
    constants = Probe(store, query).constants
    for hint in diagnosis.slips(text, store):
        if said := re.fullmatch(r"(\S+) occurs nowhere in the graph", hint.text):
            term = constants[said[1]]
            assert not any(term in (*quad, quad.graph_name) for quad in store)
        elif said := re.fullmatch(r"(\S+) occurs only here", hint.text):
            assert len(re.findall(re.escape(said[1]) + r"\b", text)) == 1
