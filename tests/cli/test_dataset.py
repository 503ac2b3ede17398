"""Which dataset is meant is always said, and downloads of one are not replaced by those of another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mini_repository
import pytest
from command_line import Amcc

from amcc_kg import evidence
from amcc_kg.repository import files
from amcc_kg.repository.files import Repository

ROOT = Path(__file__).parent.parent.parent
SAID = f"no repository here: the installed graph is used, {ROOT}\n"
SEED = "a digest of its source text is recorded, but there is no seeds/fair.txt"


@pytest.fixture
def nowhere(tmp_path: Path, cache: Path) -> Amcc:
    (folder := tmp_path / "nowhere").mkdir()
    return Amcc(folder, cache)


@pytest.fixture
def fair(tmp_path: Path, cache: Path) -> Amcc:
    return Amcc(mini_repository.build(tmp_path / "fair").root, cache)


@pytest.mark.parametrize(
    "call",
    [["query", "who-chaired"], ["queries"], ["explain", "event:amcc-3", "a", "amcc:Event"], ["shapes"]],
)
def test_the_installed_graph_is_named_where_none_is_at_hand(nowhere: Amcc, call: list[str]) -> None:
    away = nowhere(*call)
    assert (away.returncode, away.stderr) == (0, SAID)
    named = nowhere(*call, "--repo", str(ROOT))
    assert (named.returncode, named.stdout, named.stderr) == (0, away.stdout, "")
    nowhere.folder = ROOT / "data"
    assert nowhere(*call).stderr == ""


def test_files_that_are_held_against_a_repository_elsewhere_are_told_so(nowhere: Amcc) -> None:
    file = str(next((ROOT / "data/register").glob("*.ttl")))
    said = f"held against the repository that the files lie in, {ROOT}\n"
    assert nowhere("validate", file).stderr.startswith(said)
    assert SAID not in nowhere("validate", file, "--shapes", "amcc").stderr


@pytest.mark.parametrize("call", [[], ["--shapes", "amcc"], ["--watch"]])
def test_without_a_repository_nothing_is_validated_unnamed(nowhere: Amcc, call: list[str]) -> None:
    said = nowhere.fails("validate", *call)
    assert said.startswith("there is nothing to validate: no repository is here; name files,")


def test_downloads_of_another_dataset_are_replaced_only_if_that_is_asked_for(fair: Amcc) -> None:
    assert fair("build").returncode == 0
    own = fair.folder / "downloads/void.ttl"
    before = own.read_bytes()
    said = fair.fails("build", "--repo", str(ROOT))
    assert said.startswith('downloads holds downloads of another dataset, "The fair\'s vocabulary"; ')
    assert said.endswith("or give --replace")
    assert own.read_bytes() == before
    assert fair("build").returncode == 0
    assert fair("build", "--repo", str(ROOT), "--replace").returncode == 0
    assert own.read_bytes() != before


def test_build_says_what_verify_and_validate_would(fair: Amcc) -> None:
    assert "would" not in fair("build").stderr
    passage = fair.folder / "data/documents/fair/s02.ttl"
    passage.write_text(passage.read_text() + "<event/fair-2> amcc:heldBy <person/ana> .\n")
    told = fair("build")
    assert told.returncode == 0
    assert "amcc verify would find 1 problem(s), the first: " in told.stderr
    event = fair.folder / "data/documents/fair/s01.ttl"
    event.write_text(event.read_text().replace('    amcc:heldOn "2020-05"^^xsd:gYearMonth ;\n', ""))
    told = fair("build")
    assert told.returncode == 0 and "amcc verify would find 2 problem(s)" in told.stderr
    place = "data/documents/fair/s01.ttl:10: When was it?"
    assert f"amcc validate would find 1 finding(s), the first: {place}\n" in told.stderr


def test_a_source_text_whose_digest_is_recorded_has_to_be_there(tmp_path: Path) -> None:
    repository = mini_repository.build(tmp_path)
    described = repository.root / "data/documents/fair/document.ttl"
    text = described.read_text()
    digest = evidence.text_digest(mini_repository.TEXT)
    described.write_text(
        text.replace('a report on the fair"@en .', f'a report"@en ; amcc:digest "{digest}" .')
    )
    assert evidence.verify(repository).holds
    (repository.root / "seeds/fair.txt").unlink()
    (problem,) = evidence.verify(repository).problems
    assert problem.message == f"fair: {SEED}"


def test_an_installed_package_needs_no_source_texts(tmp_path: Path, monkeypatch) -> None:
    repository = mini_repository.build(tmp_path)
    monkeypatch.setattr(files, "_CONTENT", tmp_path)
    assert not repository.is_checkout
    assert replace(repository, root=tmp_path / "other").is_checkout
    assert isinstance(files.installed(), Repository)
