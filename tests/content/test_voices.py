"""Sentences in which two voices speak: each stretch is a passage, the sentence has a place only."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from mini_repository import HEADER, TEXT, build, describe, write

import amcc_kg
from amcc_kg import evidence

if TYPE_CHECKING:
    from pathlib import Path

    from amcc_kg.repository.files import Repository

WHOLE = (53, 102)
STRETCHES = {"s02a": (54, 76, "build a stage"), "s02b": (78, 102, "it is planned")}


def stretch(name: str, voice: str) -> str:
    start, end, quote = STRETCHES[name]
    return f"""<document/fair/{name}>
    a amcc:Passage ;
    amcc:attributedTo <{voice}> ;
    amcc:digest "{sha256(TEXT[start:end].encode()).hexdigest()}" ;
    amcc:end {end} ;
    amcc:inDocument <document/fair> ;
    amcc:number 2 ;
    amcc:partOfSentence <document/fair/s02> ;
    amcc:quote "{quote}" ;
    amcc:quotedDirectly {str(name == "s02a").lower()} ;
    amcc:start {start} ;
    amcc:statementsDigest "" .

"""


def sentence() -> str:
    start, end = WHOLE
    return f"""<document/fair/s02>
    a amcc:Sentence ;
    amcc:digest "{sha256(TEXT[start:end].encode()).hexdigest()}" ;
    amcc:end {end} ;
    amcc:inDocument <document/fair> ;
    amcc:number 2 ;
    amcc:start {start} .

"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The small repository with its second sentence divided between Ana and the report."""
    repository = build(tmp_path)
    folder = tmp_path / "data/documents/fair"
    described = '<document/fair>\n    a amcc:Document ;\n    rdfs:label "a report on the fair"@en .\n\n'
    described += describe("s01", 1) + sentence() + stretch("s02a", "person/ana")
    described += stretch("s02b", "reporter/fair") + describe("s03", 3)
    (folder / "document.ttl").write_text(HEADER + described)
    (folder / "s02.ttl").rename(folder / "s02a.ttl")
    write(folder / "s02b.ttl", "<commitment/stage>\n    amcc:voicedBy <person/ana> .\n")
    (tmp_path / "data/register/voices.ttl").write_text(
        f'{HEADER}<reporter/fair>\n    a amcc:Reporter ;\n    rdfs:label "the report"@en .\n'
    )
    evidence.seal(repository)
    return repository


def problems(repository: Repository) -> str:
    return "\n".join(map(str, evidence.verify(repository).problems))


def change(repository: Repository, old: str, new: str) -> None:
    path = repository.root / "data/documents/fair/document.ttl"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_divided_sentence_holds_and_is_no_passage(repository: Repository) -> None:
    found = evidence.verify(repository)
    assert (found.problems, found.passages) == ((), 5)


def test_the_seal_names_the_sentence_the_voice_and_the_words(repository: Repository) -> None:
    path = repository.root / "data/documents/fair/s02b.ttl"
    path.write_text(path.read_text() + "<commitment/stage> amcc:madeBy <person/ana> .\n")
    told = "fair/s02b (sentence 2, reporter:fair, “it is planned”)"
    assert told in problems(repository)
    assert evidence.seal(repository) == [told]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("    amcc:number 2 ;\n    amcc:start 53",
         '    amcc:quote "x" ;\n    amcc:number 2 ;\n    amcc:start 53',
         "is divided, so that its stretches state what it says; it has amcc:quote"),
        ("    amcc:number 2 ;\n    amcc:partOf", "    amcc:number 4 ;\n    amcc:partOf",
         "is a stretch of fair/s02 and must have its number, 2"),
        ("    amcc:partOfSentence <document/fair/s02> ;\n", "", "divided into 1 stretch(es)"),
        ("    amcc:partOfSentence <document/fair/s02> ;\n", "    amcc:partOfSentence <document/fair/s03> ;\n",
         "amcc:partOfSentence must be one divided sentence of this document"),
        ("    amcc:end 76 ;", "    amcc:end 80 ;", "numbered before it, ends at 80"),
        ("    amcc:start 54 ;", "    amcc:start 50 ;", "do not lie in fair/s02, which is 53 to 102"),
        ("    amcc:end 102 ;\n    amcc:inDocument <document/fair> ;\n    amcc:number 2 ;\n    amcc:start 53",
         "    amcc:end 120 ;\n    amcc:inDocument <document/fair> ;\n    amcc:number 2 ;\n    amcc:start 53",
         "lies within fair/s02, of which it is no stretch"),
        ("    amcc:number 3 ;", "    amcc:number 2 ;", "its number 2 is that of fair/s02 too"),
        (sha256(TEXT[53:102].encode()).hexdigest(), "0" * 64, "characters 53 to 102 of the source text have"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_division_is_said(
    repository: Repository, old: str, new: str, expected: str
) -> None:
    change(repository, old, new)
    assert expected in problems(repository)


def test_a_file_for_a_divided_sentence_is_refused(repository: Repository) -> None:
    write(repository.root / "data/documents/fair/s02.ttl", "<event/fair-2> amcc:heldAt <place/hall> .\n")
    assert "its stretches state what it says; it has a file" in problems(repository)


def test_quotes_hold_at_most_half_of_a_text(repository: Repository) -> None:
    path = repository.root / "data/documents/fair/document.ttl"
    path.write_text(path.read_text().replace("thanked everybody", TEXT[103:178]))
    assert "at most half may be published" in problems(repository)


def test_a_stretch_is_cited_by_sentence_voice_and_words_with_what_is_left_out(repository: Repository) -> None:
    kg = amcc_kg.open(repository.root)
    (row,) = kg.query("SELECT ?who { <https://w3id.org/amcc-kg/commitment/stage> "
                      "<https://w3id.org/amcc-kg/ontology#voicedBy> ?who }")  # fmt: skip
    (cited,) = row.evidence.passages
    assert str(cited) == "a report on the fair, sentence 2, the report: “… she said; it is planned.”"
    assert cited.part_of == "https://w3id.org/amcc-kg/document/fair/s02"
