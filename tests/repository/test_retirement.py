"""A retired IRI is no thing of the graph, but whoever names one is told what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_line import HEAD
from rdflib import URIRef

import amcc_kg
from amcc_kg import evidence
from amcc_kg.publishing import downloads
from amcc_kg.repository.files import find
from amcc_kg.repository.retirement import Register
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.validation.inputs.check import validate_paths

if TYPE_CHECKING:
    from command_line import Amcc

    from amcc_kg.repository.files import Repository

MORE = """@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
RETIRED = f"""{MORE}{HEAD}
<guest/ann> dcterms:isReplacedBy <person/ann> ; owl:deprecated true .
<person/bobs> dcterms:isReplacedBy <person/bob> , <person/bob-2> ; owl:deprecated true .
<person/nobody> owl:deprecated true ; skos:changeNote "No diary knows her."@en .
amcc:givenBy dcterms:isReplacedBy amcc:hostedBy ; owl:deprecated true .
<ontology/1> dcterms:isVersionOf <ontology> ; owl:deprecated true ; skos:changeNote "An older version."@en .
"""
EVERYTHING = "SELECT ?x { { ?x ?p ?o } UNION { ?s ?p ?x } UNION { GRAPH ?x { ?s ?p ?o } } }"
SAID = {
    "<https://w3id.org/amcc-kg/guest/ann>": "person:ann takes its place",
    "guest:ann": "person:ann takes its place",  # though the prefix is gone with its last thing
    "person:bobs": "one of these takes its place: person:bob, person:bob-2",
    "person:nobody": "(No diary knows her); nothing takes its place",
    "<https://w3id.org/amcc-kg/ontology/1>": "(An older version); see <https://w3id.org/amcc-kg/ontology>",
}


@pytest.fixture
def retiring(small: Repository) -> Repository:
    small.retired_file.write_text(RETIRED, encoding="utf-8")
    return small


@pytest.mark.parametrize("name", SAID)
def test_a_parameter_that_is_retired_is_refused_with_what_takes_its_place(
    retiring: Repository, amcc: Amcc, name: str
) -> None:
    line = amcc.fails("query", "parties-of", "-p", f"host={name}")
    assert line.startswith("parties-of: the parameter host: ")
    assert f" is retired; {SAID[name]}" in line or f" is retired {SAID[name]}" in line


def test_so_is_a_parameter_of_a_query_of_one_s_own_and_one_from_python(
    retiring: Repository, amcc: Amcc
) -> None:
    own = "SELECT ?who ?party { ?party amcc:hostedBy ?who }".replace(
        "amcc:", f"<{prefixes.ONTOLOGY}"
    ).replace("hostedBy", "hostedBy>")
    line = amcc.fails("query", own, "-p", "who=person:bobs")
    assert "person:bobs is retired; one of these" in line
    graph = amcc_kg.open(retiring.root)
    with pytest.raises(InputError, match="is retired; person:ann takes its place"):
        graph.query("parties-of", host=URIRef(f"{prefixes.BASE}guest/ann"))
    assert len(graph.query("parties-of", host="person:ann")) == 1


def test_an_explanation_says_what_takes_the_place_of_a_retired_thing_or_property(
    retiring: Repository, amcc: Amcc
) -> None:
    line = amcc.fails("explain", "event:tea", "amcc:givenBy", "person:ann")
    assert line == "amcc:givenBy is retired; amcc:hostedBy takes its place"
    line = amcc.fails("explain", "event:tea", "amcc:hostedBy", "guest:ann")
    assert line.endswith("is retired; person:ann takes its place")
    done = amcc("explain", "event:tea", "amcc:hostedBy", "person:bobs")
    assert done.returncode == 1
    assert "person:bobs is retired; one of these takes its place: person:bob, person:bob-2" in done.stdout


def test_a_retired_iri_is_not_in_the_graph_and_nobody_is_sent_to_it(retiring: Repository, amcc: Amcc) -> None:
    found = {str(row.x) for row in amcc_kg.open(retiring.root).query(EVERYTHING)}
    assert not {text for text in found if any(iri in text for iri in Register(retiring).by_iri)}
    line = amcc.fails("query", "parties-of", "-p", "host=person:nobod")
    assert "person:nobody" not in line


def test_downloads_hold_it_as_it_is_written_and_no_dataset_counts_it(retiring: Repository) -> None:
    made = downloads.downloads(retiring.dataset(), [], retiring)
    assert made["retired.ttl"] == retiring.retired_file.read_bytes()
    assert b"  retired.ttl\n" in made[downloads.SUMS]
    retiring.retired_file.unlink()
    before = downloads.downloads(retiring.dataset(), [], retiring)
    assert {name for name in made if made[name] != before.get(name)} == {
        "retired.ttl",
        downloads.README,
        downloads.SUMS,
    }


def test_a_version_of_the_graph_is_another_where_something_was_retired(small: Repository) -> None:
    before = amcc_kg.open(small.root).compiled.key.graph
    small.retired_file.write_text(RETIRED, encoding="utf-8")
    assert amcc_kg.open(small.root).compiled.key.graph != before


def test_of_a_retired_iri_only_what_became_of_it_is_said(retiring: Repository) -> None:
    def complaints() -> list[str]:
        found = evidence.verify(retiring).problems
        return [p.message for p in found if p.path == retiring.retired_file]

    assert complaints() == []
    with retiring.retired_file.open("a", encoding="utf-8") as file:
        file.write('<person/nobody> rdfs:label "Nobody" .\n')
    (said,) = complaints()
    assert "of a retired IRI only what became of it is said" in said
    with retiring.retired_file.open("w", encoding="utf-8") as file:
        file.write(f"{MORE}{HEAD}<guest/ann> dcterms:isReplacedBy <person/ann> .\n")
    (said,) = complaints()
    assert "is not said to be retired; add owl:deprecated true" in said


def test_only_its_own_file_retires_an_iri(retiring: Repository) -> None:
    people = retiring.root / "data/register/people.ttl"
    people.write_text(people.read_text() + "<person/bob> owl:deprecated true .\n", encoding="utf-8")
    assert [p.path for p in evidence.verify(retiring).problems if "identity only" in p.message] == [people]


def test_a_register_that_does_not_parse_names_its_place(retiring: Repository, amcc: Amcc) -> None:
    lines = retiring.retired_file.read_text().count("\n")
    with retiring.retired_file.open("a", encoding="utf-8") as file:
        file.write("<x> owl:deprecated tru .\n")
    with pytest.raises(PlacedError) as caught:
        Register(retiring).find("x")
    assert (caught.value.path, caught.value.line) == (str(retiring.retired_file), lines + 1)
    for call in (("query", "parties-of", "-p", "host=person:bobs"), ("build", "--out", "downloads")):
        assert f"retired.ttl:{lines + 1}:" in amcc.fails(*call)


# ---- this repository ----


def test_what_this_repository_retires_conforms_with_all_else_that_is_written() -> None:
    repository = find(Path(__file__).parents[2])
    assert Register(repository).by_iri
    assert validate_paths(repository).findings == ()
