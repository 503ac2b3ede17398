"""What `--explain` calls an example that passes, held to what passes and to what fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import Amcc

PREFIXES = """@prefix : <http://e/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
JANE = ":jane a :Person .\n"
CASES = {
    # what the shape asks for, and what fails it
    "too few": ("sh:minCount 2", '"A"'),
    "too many": ("sh:maxCount 1", '"A", "B"'),
    "no integer": ("sh:datatype xsd:integer ; sh:minInclusive 10", '"many"'),
    "too large": ("sh:maxInclusive 10", "11"),
    "no date": ("sh:datatype xsd:date", '"today"'),
    "no person": ("sh:class :Person", ":x"),
    "no page, and there is none": ("sh:class :Page", ":x"),
    "no text": ("sh:datatype xsd:string", "5"),
    "another language": ('sh:languageIn ( "fr" )', '"a"@en'),
    "none of the list": ("sh:in ( :lent :shelved )", ":shelvd"),
    "not what is asked for": ("sh:hasValue :shelved", ":lent"),
    "no IRI": ("sh:nodeKind sh:IRI", '"x"'),
    "another pattern": ("sh:pattern '^[A-Z]{9}$'", '"x"'),
    "one language twice": ("sh:uniqueLang true", '"a"@en, "b"@en'),
}


def explained(folder: Path, cache: Path, asked: str, given: str) -> str:
    shapes = (
        f"{PREFIXES}:Book a sh:NodeShape ; sh:targetClass :Book ; sh:property [ sh:path :v ; {asked} ] .\n"
    )
    (folder / "shapes.ttl").write_text(shapes, encoding="utf-8")
    (folder / "data.ttl").write_text(f"{PREFIXES}{JANE}:b a :Book ; :v {given} .\n", encoding="utf-8")
    done = Amcc(folder, cache)("validate", "data.ttl", "--shapes", "shapes.ttl", "--explain", "data.ttl:5")
    assert done.returncode == 1, done.stderr
    return done.stdout


@pytest.mark.parametrize("case", CASES)
def test_an_example_that_is_made_up_passes(case: str, tmp_path: Path, cache: Path) -> None:
    text = explained(tmp_path, cache, *CASES[case])
    (passes,) = set(re.findall(r"This passes: (.*)", text))
    made_up = re.fullmatch(r"<http://e/b> <http://e/v> (.*) \(made up\)(, an instance of (.*))?", passes)
    assert made_up or passes == "the same without <http://e/v>"
    told = f" ; :v {made_up[1]}" if made_up else ""
    also = f"{made_up[1]} a {made_up[3]} .\n" if made_up and made_up[3] else ""
    data = f"{PREFIXES}{JANE}:b a :Book{told} .\n{also}"
    (tmp_path / "data.ttl").write_text(data, encoding="utf-8")
    done = Amcc(tmp_path, cache)("validate", "data.ttl", "--shapes", "shapes.ttl")
    assert (done.returncode, done.stdout) == (0, "conforms: nothing to report\n")


def test_a_line_of_the_data_that_passes_is_preferred(tmp_path: Path, cache: Path) -> None:
    text = explained(tmp_path, cache, "sh:maxLength 3", '"long" .\n:c :v "new"')
    assert 'This passes: :c :v "new" . (data.ttl:6)' in text


def test_a_closed_shape_is_content_without_the_property(tmp_path: Path, cache: Path) -> None:
    closed = "sh:datatype xsd:integer ] ; sh:closed true ; sh:ignoredProperties ( rdf:type"
    shapes = f"{PREFIXES}@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
    shapes += f":Book a sh:NodeShape ; sh:targetClass :Book ; sh:property [ sh:path :v ; {closed} ) .\n"
    (tmp_path / "shapes.ttl").write_text(shapes, encoding="utf-8")
    (tmp_path / "data.ttl").write_text(f"{PREFIXES}:b a :Book ; :v 1 ; :odd 2 .\n", encoding="utf-8")
    done = Amcc(tmp_path, cache)("validate", "data.ttl", "--shapes", "shapes.ttl", "--explain", "data.ttl:4")
    assert "This passes: the same without <http://e/odd> 2\n" in done.stdout


def test_where_nothing_passes_that_is_said(tmp_path: Path, cache: Path) -> None:
    text = explained(tmp_path, cache, "sh:minCount 1 ; sh:maxLength 0 ; sh:minLength 9", '"a"')
    assert "This passes: nothing of the data, nor what was tried\n" in text
