"""The Python API: cheap to import, with the same reach as the command line."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from html import escape
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command_line import SOURCE

import amcc_kg
from amcc_kg.repository.files import Repository
from amcc_kg.terms.errors import EngineError, InputError


def test_importing_the_package_loads_no_engine() -> None:
    code = (
        "import sys, amcc_kg; heavy = {'rdflib', 'pyoxigraph', 'yaml', 'typer', 'rich', 'owlrl', 'pandas'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(SOURCE)}, check=True)


def test_all_public_names_are_there() -> None:
    for name in amcc_kg.__all__:
        assert getattr(amcc_kg, name) is not None
        assert name in dir(amcc_kg)
    with pytest.raises(AttributeError):
        _ = amcc_kg.nothing


def test_a_saved_query_is_listed_and_answered(small: Repository) -> None:
    kg = amcc_kg.open(small.root)
    assert [query.name for query in kg.queries()] == ["parties", "parties-of"]
    assert [row.guests.value for row in kg.query("parties")] == ["40", "3"]
    assert len(kg.query("parties", limit=1)) == 1
    assert kg.allowed_values(kg.find("parties-of"), "host") == ["Ann", "Bob"]


def test_a_text_is_answered_and_an_unknown_name_suggests_the_nearest(small: Repository) -> None:
    kg = amcc_kg.open(str(small.root))
    assert kg.query("ASK { ?s ?p ?o }")
    with pytest.raises(InputError, match="did you mean 'parties'"):
        kg.query("partis")


def test_what_is_no_text_is_no_query(small: Repository) -> None:
    for wrong in (None, 3, b"ASK {}"):
        with pytest.raises(amcc_kg.InputError, match="a query is the name of a saved one or a SPARQL text"):
            amcc_kg.open(small.root).query(wrong)  # type: ignore[arg-type]


def test_the_errors_that_are_raised_can_be_named() -> None:
    for name in ("EngineError", "InconsistentError", "InputError", "PlacedError", "ColumnError"):
        assert issubclass(getattr(amcc_kg, name), amcc_kg.AmccError)


def test_receipts_are_pickled_if_they_were_asked_for_or_sought(small: Repository) -> None:
    kg = amcc_kg.open(small.root)
    wanted = pickle.loads(pickle.dumps(kg.query("parties", evidence=True)))
    answer = kg.query("parties")
    unsought = pickle.loads(pickle.dumps(answer))
    assert unsought == answer
    with pytest.raises(InputError, match="no evidence"):
        _ = unsought[0].evidence
    receipts = list(answer.receipts)
    again = pickle.loads(pickle.dumps(answer))
    assert list(again.receipts) == list(wanted.receipts) == receipts
    assert [row.evidence for row in pickle.loads(pickle.dumps(list(answer)))] == receipts
    assert copy.deepcopy(answer)[0].evidence == receipts[0]


def test_a_notebook_unfolds_the_evidence_that_was_asked_for(small: Repository) -> None:
    kg = amcc_kg.open(small.root)
    assert "<details>" not in kg.query("parties")._repr_html_()
    page = kg.query("parties", evidence=True)._repr_html_()
    assert page.count("<details>") == 2
    assert "</summary><ul>" in page
    ElementTree.fromstring(page)
    assert "<details>" in kg.query("ASK { ?s ?p 3 }", evidence=True)._repr_html_()


def test_hints_stand_above_what_a_notebook_shows(small: Repository) -> None:
    kg = amcc_kg.open(small.root)
    found = kg.query("SELECT ?x { ?x <urn:a&b> ?y }")
    assert repr(found).startswith(f"hint: {found.hints[0]}\n")
    page = found._repr_html_()
    assert page.startswith(f"<ul><li>{escape(str(found.hints[0]))}</li></ul><table>")
    assert "<ul>" not in kg.query("SELECT ?x { ?x ?p ?y }")._repr_html_()


def test_a_data_frame_has_the_passages_beside_the_rows(small: Repository) -> None:
    pytest.importorskip("pandas")
    answer = amcc_kg.open(small.root).query("parties")
    frame = answer.to_pandas(evidence=True)
    assert list(frame.columns) == [*answer.columns, "evidence"]
    assert list(frame.evidence) == [str(row.evidence) for row in answer]
    assert all(frame.evidence)


def test_a_folder_that_is_no_repository_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a repository"):
        amcc_kg.open(tmp_path)


def test_a_timeout_ends_a_query(small: Repository) -> None:
    with pytest.raises(EngineError, match="no answer within"):
        amcc_kg.open(small.root).query(
            "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n2 ?o }", timeout=0.1
        )
