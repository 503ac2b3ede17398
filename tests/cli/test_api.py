"""The Python API: cheap to import, with the same reach as the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def test_a_folder_that_is_no_repository_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a repository"):
        amcc_kg.open(tmp_path)


def test_a_timeout_ends_a_query(small: Repository) -> None:
    with pytest.raises(EngineError, match="no answer within"):
        amcc_kg.open(small.root).query(
            "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n2 ?o }", timeout=0.1
        )
