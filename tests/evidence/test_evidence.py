"""The evidence rule: what `verify` lets pass and what it catches, and where it says the fault is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import mini_repository as mini
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import RDF, RDFS, Literal

from amcc_kg import evidence
from amcc_kg.repository import passages
from amcc_kg.repository.files import FileKind, Repository, find
from amcc_kg.terms.errors import InputError, PlacedError

SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return mini.build(tmp_path)


def messages(repository: Repository) -> list[str]:
    """What is wrong; of what a passage is told by (test_voices.py has it) only its name is kept."""
    found = evidence.verify(repository).problems
    return [re.sub(r"^(\S+/\S+) \(.*?\): ", r"\1: ", problem.message) for problem in found]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def description(repository: Repository) -> Path:
    return repository.root / "data/documents/fair/document.ttl"


def test_a_sound_repository_holds_and_its_parts_are_counted(repository: Repository) -> None:
    found = evidence.verify(repository)
    assert found.holds, str(found)
    assert (found.documents, found.passages, found.quotes, found.triples) == (2, 4, 4, 11)
    assert str(found).endswith("every one holds")


def test_this_project_holds() -> None:
    found = evidence.verify(find(Path(__file__).parent.parent.parent))
    assert found.holds, str(found)


# ---- the source text ----


@SLOW
@given(data=st.data())
def test_any_changed_character_inside_a_span_names_the_passage(
    repository: Repository, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(mini.SPANS)))
    at = data.draw(st.integers(mini.SPANS[name][0], mini.SPANS[name][1] - 1))
    new = data.draw(st.characters(exclude_characters=mini.TEXT[at] + "\0", exclude_categories=["Cs"]))
    changed = mini.TEXT[:at] + new + mini.TEXT[at + 1 :]
    (repository.root / "seeds/fair.txt").write_bytes(changed.encode())
    assert any(m.startswith(f"fair/{name}: ") for m in messages(repository))


@SLOW
@given(
    name=st.sampled_from(sorted(mini.SPANS)),
    which=st.sampled_from([0, 1]),
    by=st.integers(-300, 300).filter(lambda n: n != 0),
)
def test_any_changed_offset_names_the_passage(repository: Repository, name: str, which: int, by: int) -> None:
    value = mini.SPANS[name][which]
    term = ("start", "end")[which]
    path = description(repository)
    before = path.read_text(encoding="utf-8")
    edit(path, f"amcc:{term} {value} ", f"amcc:{term} {value + by} ")
    try:
        assert any(m.startswith(f"fair/{name}: ") for m in messages(repository))
    finally:
        path.write_text(before, encoding="utf-8")


def test_a_quote_that_stands_elsewhere_is_told_its_offset_and_line(repository: Repository) -> None:
    edit(description(repository), '"on Monday"', '"it is planned"')
    (problem,) = evidence.verify(repository).problems
    assert f"stands at character {mini.TEXT.index('it is planned')}" in problem.message
    line = description(repository).read_text(encoding="utf-8").split("\n")[problem.line - 1]
    assert '"it is planned"' in line
    assert str(problem).startswith(f"{description(repository)}:{problem.line}: fair/s01 (sentence 1, ")


def test_a_misquoted_word_is_told_what_is_nearest(repository: Repository) -> None:
    edit(description(repository), "opened the 2nd Fair", "opened the 3rd Fair")
    (message,) = messages(repository)
    assert f"the nearest is 'opened the ' at character {mini.TEXT.index('opened')}" in message


def test_a_long_quote_is_refused(repository: Repository, tmp_path: Path) -> None:
    long = "w" * 121
    text = f"{mini.TEXT} {long}{' and more' * 20}"
    (tmp_path / "seeds/fair.txt").write_text(text, encoding="utf-8")
    start, end = mini.SPANS["s03"]
    path = description(repository)
    edit(path, f"amcc:end {end} ", f"amcc:end {len(text)} ")
    edit(path, evidence.text_digest(mini.TEXT[start:end]), evidence.text_digest(text[start:]))
    edit(path, '"thanked everybody"', f'"{long}"')
    (message,) = messages(repository)
    assert message.startswith("fair/s03: a quote of 121 characters; at most 120 are allowed")


def test_words_that_no_passage_covers_are_found_but_spaces_and_dashes_are_not(repository: Repository) -> None:
    seed = repository.root / "seeds/fair.txt"
    seed.write_bytes(f"{mini.TEXT}\n -- \n".encode())
    assert messages(repository) == []
    seed.write_bytes(f"{mini.TEXT}\nMore to come.".encode())
    (message,) = messages(repository)
    assert message.startswith("fair: no passage covers 'More to come.'")


def test_overlapping_spans_are_found(repository: Repository) -> None:
    path = description(repository)
    edit(path, "amcc:start 103 ", "amcc:start 99 ")
    edit(path, evidence.text_digest(mini.TEXT[103:178]), evidence.text_digest(mini.TEXT[99:178]))
    (message,) = messages(repository)
    assert message == "fair/s03: starts at character 99, but fair/s02, numbered before it, ends at 102"


def test_a_digest_of_the_whole_text_catches_a_change_between_passages(repository: Repository) -> None:
    digest = evidence.text_digest(mini.TEXT)
    edit(description(repository), "a amcc:Document ;", f'a amcc:Document ; amcc:digest "{digest}" ;')
    assert messages(repository) == []
    (repository.root / "seeds/fair.txt").write_bytes(mini.TEXT.replace("\n\n", "\n ").encode())
    (message,) = messages(repository)
    assert message.startswith("fair: the source text has the digest")


def test_without_the_source_text_a_note_says_what_was_not_compared(repository: Repository) -> None:
    (repository.root / "seeds/fair.txt").unlink()
    found = evidence.verify(repository)
    assert found.holds
    assert found.quotes == 0
    assert found.notes == ("fair: its source text is not at hand, so no quote was compared with it",)


def test_a_literal_that_repeats_the_source_text_is_found(repository: Repository) -> None:
    path = repository.root / "data/register/people.ttl"
    copied = mini.TEXT[:153].replace("\n", "\\n").replace('"', '\\"')
    edit(path, "a amcc:Person ;", f'a amcc:Person ; rdfs:comment "{copied}" ;')
    (message,) = messages(repository)
    assert message.startswith("a literal repeats 150 or more characters of a source text")


# ---- the place of every triple ----


PLACES = ["documents/fair/s01", "documents/fair/s02", "documents/charter/p1", "register/people"]


@pytest.mark.parametrize("source", PLACES[:3])
@pytest.mark.parametrize("target", PLACES)
def test_every_triple_moved_out_of_its_passage_file_is_caught(
    repository: Repository, source: str, target: str
) -> None:
    if source == target:
        return
    origin, destination = (repository.root / f"data/{place}.ttl" for place in (source, target))
    here, there = mini.triples(origin), mini.triples(destination)
    for moved in here:
        mini.rewrite(origin, [t for t in here if t != moved])
        mini.rewrite(destination, [*there, moved])
        passage = source.removeprefix("documents/")
        found = messages(repository)
        assert any(m.startswith(f"{passage}: its file lost a triple that now stands in") for m in found), (
            found
        )
        if target != "register/people":
            gained = f"{target.removeprefix('documents/')}: its file gained a triple after it was sealed"
            assert any(m.startswith(gained) for m in found), found


def test_a_triple_that_changed_breaks_the_seal(repository: Repository) -> None:
    edit(repository.root / "data/documents/fair/s01.ttl", '"02"', '"2"')
    (message,) = messages(repository)
    assert message.startswith("fair/s01: its 6 triples are not those that were sealed")


def test_layout_and_comments_do_not_break_the_seal(repository: Repository) -> None:
    path = repository.root / "data/documents/fair/s01.ttl"
    mini.rewrite(path, mini.triples(path))
    assert messages(repository) == []


def test_the_register_holds_identity_only(repository: Repository) -> None:
    path = repository.root / "data/register/people.ttl"
    edit(path, "a amcc:Person ;", "a amcc:Person ;\n    amcc:memberOf <body/hosts> ;")
    (problem,) = evidence.verify(repository).problems
    assert (
        "the register holds identity only; a passage must state this: <https://w3id.org/amcc-kg/person/ana>"
        in (problem.message)
    )
    assert problem.path == path


def test_an_own_property_may_stand_in_the_register_only_if_the_ontology_says_so(
    repository: Repository,
) -> None:
    edit(repository.root / "ontology/amcc.ttl", " ; amcc:identityProperty true", "")
    (message,) = messages(repository)
    assert "shortCode" in message


@pytest.mark.parametrize(
    ("place", "body", "expected"),
    [
        (
            "documents/fair/document.ttl",
            "<person/ana> rdfs:label 'A' .",
            "document.ttl speaks of its document",
        ),
        ("documents/fair/s01.ttl", "<document/fair/s02> rdfs:label 'A' .", "nothing about passages"),
        (
            "register/people.ttl",
            "<document/fair/s02> rdfs:label 'A' .",
            "only document.ttl describes passages",
        ),
        ("register/people.ttl", "<person/ana> rdfs:seeAlso [] .", "a blank node cannot be cited"),
        (
            "documents/fair/s09.ttl",
            "<person/ana> amcc:memberOf <body/b> .",
            "fair/s09: no document.ttl describes",
        ),
        (
            "documents/fete/s01.ttl",
            "<person/ana> amcc:memberOf <body/b> .",
            "fete/s01: no document.ttl describes",
        ),
        (
            "documents/fair/s09.nq",
            "<http://e/s> <http://e/p> 'o' .",
            "triples outside of every passage's graph",
        ),
    ],
)
def test_what_stands_in_the_wrong_place_is_found(
    repository: Repository, place: str, body: str, expected: str
) -> None:
    path = repository.root / "data" / place
    if path.exists():
        path.write_text(path.read_text(encoding="utf-8") + body + "\n", encoding="utf-8")
    elif path.suffix == ".nq":
        path.write_text(body.replace("'", '"') + "\n", encoding="utf-8")
    else:
        mini.write(path, body + "\n")
    problems = [p for p in evidence.verify(repository).problems if expected in p.message]
    assert [p.path for p in problems] == [path]


def test_a_passage_may_come_from_a_file_of_quads(repository: Repository) -> None:
    path = repository.root / "data/documents/fair/s01.ttl"
    lines = [f"{s.n3()} {p.n3()} {o.n3()} <{mini.DOCUMENT}/s01> ." for s, p, o in mini.triples(path)]
    path.unlink()
    path.with_suffix(".nq").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert messages(repository) == []


# ---- the description of passages ----


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("amcc:number 2", "amcc:number 1", "its number 1 is that of"),
        ("amcc:number 2", "amcc:number 'two'", "needs one amcc:number, an integer"),
        ("amcc:start 53", "amcc:start 'here'", "needs one amcc:start and one amcc:end, both integers"),
        (
            "amcc:start 53",
            "amcc:start 5300",
            "characters 5300 to 102 are no span of a text of 178 characters",
        ),
        ("amcc:inDocument <document/fair>", "amcc:inDocument <document/x>", "amcc:inDocument must be"),
        ("amcc:statesNothing", "rdfs:comment", "no triple rests on it"),
        ('"It thanks, and reports nothing."', '" "', "no triple rests on it"),
        ("amcc:statementsDigest", "amcc:statesNothing", "is said to state nothing, but 6 triples rest on it"),
        ("amcc:statementsDigest", "rdfs:comment", "its triples are not sealed"),
        (
            "amcc:number 1",
            'amcc:locator "line 1" ; amcc:number 1',
            "an amcc:locator although its text is at hand",
        ),
        ('amcc:quote "thanked everybody" ;', "", "needs at least one amcc:quote"),
    ],
)
def test_a_faulty_description_is_found(repository: Repository, old: str, new: str, expected: str) -> None:
    edit(description(repository), old, new)
    assert any(expected in message for message in messages(repository)), messages(repository)


def test_a_passage_without_text_needs_a_locator(repository: Repository) -> None:
    edit(repository.root / "data/documents/charter/document.ttl", '    amcc:locator "para. 1" ;\n', "")
    (message,) = messages(repository)
    assert message.endswith(
        "needs amcc:start, amcc:end, amcc:digest, amcc:quote, or an amcc:locator where no text is held"
    )


def test_a_passage_whose_file_is_gone_is_named(repository: Repository) -> None:
    (repository.root / "data/documents/fair/s02.ttl").unlink()
    found = messages(repository)
    assert any(m.startswith("fair/s02: no triple rests on it") for m in found)


def test_a_file_that_does_not_parse_is_an_input_error_with_its_place(repository: Repository) -> None:
    path = repository.root / "data/documents/fair/s02.ttl"
    edit(path, "a amcc:Commitment", "a amcc:Commitment,,")
    with pytest.raises(PlacedError, match=r"s02\.ttl:11:"):
        evidence.verify(repository)


# ---- seals ----


def test_sealing_again_changes_nothing(repository: Repository) -> None:
    before = description(repository).read_bytes()
    assert evidence.seal(repository) == []
    assert description(repository).read_bytes() == before


def test_sealing_changes_the_lines_of_seals_only(repository: Repository) -> None:
    path = description(repository)
    edit(repository.root / "data/documents/fair/s01.ttl", '"02"', '"2"')
    before = path.read_text(encoding="utf-8").split("\n")
    assert [told.split()[0] for told in evidence.seal(repository, ["fair"])] == ["fair/s01"]
    after = path.read_text(encoding="utf-8").split("\n")
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert len(changed) == 1
    assert all("amcc:statementsDigest" in line for line in changed[0])
    assert evidence.verify(repository).holds


def test_sealing_one_document_leaves_the_others(repository: Repository) -> None:
    edit(repository.root / "data/documents/fair/s01.ttl", '"02"', '"2"')
    assert evidence.seal(repository, ["charter"]) == []
    assert not evidence.verify(repository).holds


def test_a_missing_seal_is_added(repository: Repository) -> None:
    path = description(repository)
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join(line for line in lines if "statementsDigest" not in line), encoding="utf-8")
    assert [told.split()[0] for told in evidence.seal(repository)] == ["fair/s01", "fair/s02"]
    assert evidence.verify(repository).holds


def test_an_unknown_document_is_told_the_nearest_name(repository: Repository) -> None:
    with pytest.raises(InputError, match="'fare' is no document of this repository; did you mean 'fair'"):
        evidence.seal(repository, ["fare"])


def test_the_digest_does_not_depend_on_order_and_takes_one_spelling_of_strings() -> None:
    plain = (mini.iri("a"), RDFS.label, Literal("x"))
    typed = (
        mini.iri("a"),
        RDFS.label,
        Literal("x", datatype=mini.URIRef("http://www.w3.org/2001/XMLSchema#string")),
    )
    other = (mini.iri("a"), RDF.type, mini.iri("b"))
    assert evidence.statements_digest([plain, other]) == evidence.statements_digest([other, typed])


def test_the_digests_of_passages_are_those_recorded(repository: Repository) -> None:
    digests = evidence.passage_digests(repository)
    assert sorted(digests) == [
        "https://w3id.org/amcc-kg/document/charter/p1",
        f"{mini.DOCUMENT}/s01",
        f"{mini.DOCUMENT}/s02",
    ]
    assert all(
        d in description(repository).read_text(encoding="utf-8") for i, d in digests.items() if "fair" in i
    )


# ---- this project's own article ----


def test_each_sentence_of_each_seed_is_guarded(tmp_path: Path) -> None:
    original = find(Path(__file__).parent.parent.parent)
    for folder in ("ontology", "data", "queries", "seeds"):
        shutil.copytree(original.root / folder, tmp_path / folder)
    repository = Repository(tmp_path)
    evidence.seal(repository)
    documents = [f for f in repository.graph_files if f.kind is FileKind.DOCUMENT]
    checked = 0
    for file in documents:
        seed = repository.seed_file(file.path.parent.name)
        if seed is None:
            continue
        text = seed.read_bytes().decode()
        (described,) = (d for d in passages.load(repository).documents if d.iri == file.graph)
        for passage in described.passages:
            start = passage.integer("start")
            assert start is not None
            seed.write_bytes((text[:start] + "#" + text[start + 1 :]).encode())
            found = messages(repository)
            assert any(m.startswith(f"{passage.name}: ") for m in found)
            checked += 1
        seed.write_bytes(text.encode())
    assert checked >= 21
