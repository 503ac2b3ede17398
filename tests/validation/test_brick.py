"""Brick's own shapes, as PyPI's brickschema carries them, on small models of buildings; checked by hand."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

import pytest
from command_line import Amcc

brickschema = pytest.importorskip("brickschema")
FOLDERS = sorted((Path(str(importlib.resources.files("brickschema"))) / "ontologies").glob("1.[45]"))
BRICK = FOLDERS[0] / "Brick.ttl"
BUILDING = """@prefix brick: <https://brickschema.org/schema/Brick#> . @prefix : <http://b/> .
:ahu a brick:AHU ; brick:feeds :vav ; brick:hasPoint :t .
:vav a brick:VAV .
:t a brick:Temperature_Sensor .
"""


def validated(tmp_path: Path, cache: Path, more: str) -> str:
    (tmp_path / "building.ttl").write_text(BUILDING + more)
    done = Amcc(tmp_path, cache)(
        "validate", "building.ttl", "--shapes", str(BRICK), "--ontology", str(BRICK), "--format", "text"
    )
    assert "Traceback" not in done.stderr
    assert "pyshacl" not in done.stderr
    assert done.stderr.count("2.1.3.3") == 1  # most of its shapes are an owl:Class, and no rdfs:Class
    return done.stdout


def lines(text: str) -> list[str]:
    """The findings in the building, without where they stand in the line."""
    return [line for line in text.splitlines() if line.startswith("building.ttl:")]


def test_a_building_by_the_book_has_no_finding(tmp_path: Path, cache: Path) -> None:
    assert lines(validated(tmp_path, cache, "")) == []


def test_what_is_no_point_is_found_at_the_value(tmp_path: Path, cache: Path) -> None:
    text = validated(tmp_path, cache, ":bad a brick:AHU ; brick:hasPoint :vav .")
    assert {line.split(": ")[0] for line in lines(text)} == {"building.ttl:5:35"}
    assert "bsh:hasPointShape class" in text
    assert "a target because :bad" in text


def test_what_is_deprecated_is_found_by_its_query(tmp_path: Path, cache: Path) -> None:
    text = validated(tmp_path, cache, ":f a brick:Floor .")
    (line,) = lines(text)
    assert line.startswith("building.ttl:5:1: warning: http://b/f has type")
    assert "deprecated in version" in line
