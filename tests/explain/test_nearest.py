"""Triples that do not hold: what is said of them and of names that the graph does not know, and where to."""

from __future__ import annotations

import json

import pytest
from command_line import Amcc
from pyoxigraph import NamedNode

import amcc_kg
from amcc_kg.repository.files import Repository
from amcc_kg.terms import prefixes

GIVEN_BY = """#+ title: Given by
#+ question: Which parties did somebody give?
#+ tags: [fun]
#+ parameters:
#+   - name: host
#+     type: term

PREFIX amcc: <https://w3id.org/amcc-kg/ontology#>
SELECT ?host ?party WHERE { ?party amcc:hostedBy ?host } ORDER BY STR(?party)
"""


@pytest.mark.parametrize(
    ("triple", "remark"),
    [
        ("person:nobody amcc:hosted event:ball", "person:nobody does not occur in the graph\n"),
        (
            "person:annn amcc:hosted event:ball",
            "person:annn does not occur in the graph; did you mean 'person:ann'?\n",
        ),
        ("Ann amcc:hosted event:bal", "event:bal does not occur in the graph; did you mean 'event:ball'?\n"),
        ("event:ball a amcc:Evnt", "amcc:Evnt does not occur in the graph; did you mean 'amcc:Event'?\n"),
        ("event:ball a owl:Thing", "owl:Thing does not occur in the graph\n"),
        (
            "<https://w3id.org/amcc-kg/event/bal> a amcc:Event",
            "event:bal does not occur in the graph; did you mean 'event:ball'?\n",
        ),
        (
            "event:ball amcc:hostedBy <http://example.org/x>",
            "<http://example.org/x> does not occur in the graph\n",
        ),
    ],
)
def test_a_triple_about_what_the_graph_does_not_know_does_not_hold(
    amcc: Amcc, triple: str, remark: str
) -> None:
    done = amcc("explain", *triple.split())
    assert (done.returncode, done.stderr) == (1, "")
    first, _, rest = done.stdout.partition("\n")
    assert first.endswith(" does not hold.")
    assert rest.startswith(remark)


def test_what_is_nearest_is_shown_for_an_unknown_object_too(amcc: Amcc) -> None:
    done = amcc("explain", "event:ball", "amcc:hostedBy", "person:nobody")
    assert "same subject and predicate:\n  event:ball amcc:hostedBy person:bob\n" in done.stdout
    assert "missing  person:nobody amcc:hosted event:ball" in done.stdout
    nothing = amcc("explain", "event:bal", "amcc:guests", "3000").stdout
    assert "\nNothing in the graph has its predicate with its subject or object, and no rule" in nothing


@pytest.mark.parametrize(
    ("predicate", "reason"),
    [
        ("amcc:hostdBy", "amcc:hostdBy does not occur in the graph; did you mean 'amcc:hostedBy'?"),
        ("amcc:zzzzz", "amcc:zzzzz does not occur in the graph"),
        ("hosted", "nothing is called 'hosted'"),
        ("<http://example.org/a b>", "nothing is called '<http://example.org/a b>'"),
    ],
)
def test_a_predicate_that_the_graph_does_not_know_is_a_mistake(
    amcc: Amcc, predicate: str, reason: str
) -> None:
    assert amcc.fails("explain", "event:ball", predicate, "person:bob") == reason


def test_a_parameter_that_the_graph_does_not_know_is_met_with_the_nearest(amcc: Amcc) -> None:
    (amcc.folder / "queries/given-by.rq").write_text(GIVEN_BY)
    error = amcc.fails("query", "given-by", "-p", "host=person:bobb")
    assert error.endswith("person:bobb does not occur in the graph; did you mean 'person:bob'?")


def test_the_same_is_said_in_json_and_to_python(amcc: Amcc, small: Repository) -> None:
    done = amcc("explain", "event:bal", "a", "amcc:Event", "--format", "json")
    record = json.loads(done.stdout)
    assert (done.returncode, record["holds"]) == (1, False)
    remark = "event:bal does not occur in the graph; did you mean 'event:ball'?"
    assert record["nearest"]["absent"] == [remark]
    ball, hosted = NamedNode(f"{prefixes.BASE}event/ball"), NamedNode(f"{prefixes.ONTOLOGY}hostdBy")
    found = amcc_kg.open(small.root).explain(ball, hosted, "Ann")
    assert not found.holds and found.nearest is not None
    assert found.nearest.absent == (
        "amcc:hostdBy does not occur in the graph; did you mean 'amcc:hostedBy'?",
    )


@pytest.mark.parametrize("format", ["svg", "mermaid", "turtle", "html"])
def test_where_a_proof_was_asked_for_and_there_is_none_nothing_is_written(amcc: Amcc, format: str) -> None:
    call = ("explain", "Ann", "amcc:hosted", "event:ball", "--format", format)
    for output in ((), ("--output", "proof")):
        done = amcc(*call, *output)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("person:ann amcc:hosted event:ball does not hold.\n")
        assert "What does hold, same subject and predicate:" in done.stderr
    assert not (amcc.folder / "proof").exists()


@pytest.mark.parametrize("format", ["text", "json"])
def test_formats_that_can_say_that_a_triple_does_not_hold_are_written(amcc: Amcc, format: str) -> None:
    call = ("explain", "Ann", "amcc:hosted", "event:ball", "--format", format)
    done = amcc(*call, "--output", "proof")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    written = (amcc.folder / "proof").read_text()
    assert written == amcc(*call).stdout
    if format == "json":
        record = json.loads(written)
        assert record["holds"] is False and record["nearest"]["same_subject_and_predicate"]
    else:
        assert "does not hold" in written
