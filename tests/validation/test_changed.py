"""`amcc validate --changed`: what a change breaks is found wherever it shows, and nothing else is said."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Amcc

SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix : <http://e/> .
:BookShape a sh:NodeShape ; sh:targetClass :Book ;
  sh:property :title .
:title sh:path :title ; sh:minCount 1 ; sh:message "A book has a title." .
"""
BOOKS = """@prefix : <http://e/> .
:emma a :Book ; :title "Emma" .
:gatsby a :Tome .
<#one> a :Book .
"""
KINDS = "@prefix : <http://e/> .\n:Tome :note 'heavy' .\n"
BELOW = "@prefix : <http://e/> .\n:Tome <http://www.w3.org/2000/01/rdf-schema#subClassOf> :Book .\n"

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for key in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{key}_NAME": "a", f"GIT_{key}_EMAIL": "a@example.org"}

    def run(*words: str, cwd: Path = tmp_path) -> str:
        return subprocess.run(
            ["git", *words], cwd=cwd, env=environment, check=True, capture_output=True, text=True, timeout=30
        ).stdout

    return run


@pytest.fixture
def library(tmp_path: Path, git: Git) -> Path:
    """A folder `work/library` in a git repository, in which one finding is known: `<#one>` has no title."""
    folder = tmp_path / "work" / "library"
    folder.mkdir(parents=True)
    for name, text in (("shapes.ttl", SHAPES), ("books.ttl", BOOKS), ("kinds.ttl", KINDS)):
        (folder / name).write_text(text, encoding="utf-8")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "books")
    return folder


@pytest.fixture
def check(library: Path, cache: Path) -> Callable[..., tuple[int, list[str]]]:
    amcc = Amcc(library, cache)

    def run(*options: str, files: tuple[str, ...] = ("books.ttl", "kinds.ttl")) -> tuple[int, list[str]]:
        done = amcc("validate", *files, "--shapes", "shapes.ttl", *options)
        assert done.returncode < 2, done.stderr
        return done.returncode, re.findall(r"^(\S.*?): violation", done.stdout, re.M)

    return run


def test_without_a_change_nothing_is_said(check) -> None:
    assert check() == (1, ["books.ttl:4:1"])
    assert check("--changed") == (0, [])
    assert check("--changed", "HEAD") == check("--changed=HEAD") == (0, [])


def test_without_a_value_the_last_commit_is_meant_wherever_the_option_stands(check) -> None:
    assert check("--changed", "--strict", "--severity-threshold", "violation") == (0, [])


def test_what_a_change_breaks_in_an_untouched_file_is_found(check, library: Path) -> None:
    (library / "kinds.ttl").write_text(BELOW, encoding="utf-8")
    assert check("--changed") == (1, ["books.ttl:3:1"])


def test_what_a_change_of_the_shapes_breaks_is_found(check, library: Path) -> None:
    (library / "shapes.ttl").write_text(SHAPES.replace("sh:minCount 1", "sh:minCount 2"), encoding="utf-8")
    assert "books.ttl:2:1" in check("--changed")[1]


def test_known_findings_in_a_changed_file_are_said_again(check, library: Path) -> None:
    (library / "books.ttl").write_text(f"# Books.\n{BOOKS}", encoding="utf-8")
    assert check("--changed") == (1, ["books.ttl:5:1"])


def test_files_are_known_by_where_they_are_however_they_are_named(check, library: Path) -> None:
    (library / "books.ttl").write_text(f"# Books.\n{BOOKS}", encoding="utf-8")
    for name in (str(library / "books.ttl"), "../library/books.ttl"):
        assert len(check("--changed", files=(name, "kinds.ttl"))[1]) == 1
    (library / "books.ttl").write_text(BOOKS, encoding="utf-8")
    for name in (str(library / "books.ttl"), "../library/books.ttl"):
        assert check("--changed", files=(name, "kinds.ttl")) == (0, [])
        (library / "kinds.ttl").write_text(BELOW, encoding="utf-8")
        assert len(check("--changed", files=(name, "kinds.ttl"))[1]) == 1
        (library / "kinds.ttl").write_text(KINDS, encoding="utf-8")


def test_a_file_that_git_does_not_know_counts_as_changed(check, library: Path) -> None:
    (library / "neue Bücher.ttl").write_text("@prefix : <http://e/> . :ulysses a :Book .", encoding="utf-8")
    found = check("--changed", files=("books.ttl", "neue Bücher.ttl"))
    assert found == (1, ["neue Bücher.ttl:1:25"])


def test_what_is_new_brings_no_old_finding_back(check, library: Path, git: Git) -> None:
    clean = '@prefix : <http://e/> .\n:ulysses a :Book ; :title "Ulysses" .\n'
    (library / "new.ttl").write_text(clean, encoding="utf-8")
    (library / "folder").mkdir()
    (library / "folder" / "more.ttl").write_text(clean, encoding="utf-8")
    more_shapes = (
        SHAPES.replace(":title", ":note").replace(":BookShape", ":TomeShape").replace(":Book ", ":Tome ")
    )
    (library / "more shapes.ttl").write_text(more_shapes, encoding="utf-8")
    files = ("books.ttl", "kinds.ttl")
    for more in (["new.ttl"], ["folder"], ["new.ttl", "folder"]):
        assert check("--changed", files=(*files, *more)) == (0, []), more
        assert check(files=(*files, *more)) == (1, ["books.ttl:4:1"])
    assert check("--changed", "--shapes", "more shapes.ttl") == (1, ["books.ttl:3:1"])  # and not line 4
    assert check("--changed", files=(".", "--ontology", "new.ttl")) == (0, [])
    # And what it breaks is still found: beside the file, and in it.
    (library / "new.ttl").write_text(BELOW, encoding="utf-8")
    assert check("--changed", files=(*files, "new.ttl")) == (1, ["books.ttl:3:1"])
    (library / "new.ttl").write_text("@prefix : <http://e/> .\n:ulysses a :Book .\n", encoding="utf-8")
    assert check("--changed", files=(*files, "new.ttl")) == (1, ["new.ttl:2:1"])


def test_a_file_that_is_not_for_export_was_there_before(check, library: Path, git: Git) -> None:
    (library / ".gitattributes").write_text("books.ttl export-ignore\nkinds.ttl export-subst\n")
    (library / "kinds.ttl").write_text(f"{KINDS}# $Format:%H$\n", encoding="utf-8")
    git("add", ".", cwd=library)
    git("commit", "-qm", "attributes", cwd=library)
    assert check("--changed") == (0, [])
    assert check("--changed", "HEAD~1") == (0, [])


def test_links_lead_where_they_led(check, library: Path, git: Git, tmp_path_factory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "tomes.ttl"
    outside.write_text("@prefix : <http://e/> .\n:iliad a :Book .\n", encoding="utf-8")
    (library / "linked").mkdir()
    (library / "linked" / "outside.ttl").symlink_to(outside)
    (library / "linked" / "inside.ttl").symlink_to("../books.ttl")
    (library / "linked" / "gone.ttl").symlink_to("nowhere.ttl")
    git("add", ".", cwd=library)
    git("commit", "-qm", "links", cwd=library)
    assert len(check(files=("linked",))[1]) == 2
    assert check("--changed", files=("linked",)) == (0, [])


def test_shapes_with_relative_names_are_the_same_then(check, library: Path, git: Git) -> None:
    (library / "shapes.ttl").write_text(SHAPES.replace(":BookShape", "<#Book>"), encoding="utf-8")
    git("commit", "-qam", "relative", cwd=library)
    assert check() == (1, ["books.ttl:4:1"])
    assert check("--changed") == (0, [])


def test_a_file_that_was_renamed_counts_as_changed_and_one_that_is_gone_hurts_nobody(
    check, library: Path, git: Git
) -> None:
    git("mv", "books.ttl", "novels.ttl", cwd=library)
    git("rm", "-q", "kinds.ttl", cwd=library)
    assert check("--changed", files=("novels.ttl",)) == (1, ["novels.ttl:4:1"])


def test_a_shallow_clone_will_do(library: Path, git: Git, tmp_path: Path, cache: Path) -> None:
    git("clone", "-q", "--depth", "1", f"file://{tmp_path}", "shallow")
    folder = tmp_path / "shallow" / "work" / "library"
    (folder / "kinds.ttl").write_text(BELOW, encoding="utf-8")
    done = Amcc(folder, cache)("validate", "books.ttl", "kinds.ttl", "--shapes", "shapes.ttl", "--changed")
    assert re.findall(r"^(\S+): violation", done.stdout, re.M) == ["books.ttl:3:1"]


def test_in_a_folder_of_a_whole_repository_all_of_it_counts(
    tmp_path: Path, git: Git, repository_copy: Path, cache: Path
) -> None:
    passage = next((repository_copy / "data" / "documents").glob("*/s02a.ttl"))
    passage.write_text(passage.read_text("utf-8").replace("amcc:heldOn ", "amcc:heldOnn "), encoding="utf-8")
    for folder in (repository_copy, repository_copy / "data" / "register", passage.parent):
        done = Amcc(folder, cache)("validate", "--changed")
        assert done.returncode == 1, (folder, done.stdout + done.stderr)
        assert "s02a.ttl:24:18: violation" in done.stdout


@pytest.fixture
def repository_copy(tmp_path: Path, git: Git) -> Path:
    root = Path(__file__).parent.parent.parent
    folder = tmp_path / "whole"
    for name in ("ontology", "data", "queries"):
        for path in (root / name).rglob("*"):
            if path.is_file():
                target = folder / path.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    git("init", "-q", cwd=folder)
    git("add", ".", cwd=folder)
    git("commit", "-qm", "all", cwd=folder)
    return folder


def test_what_is_no_revision_is_said_in_a_line(library: Path, cache: Path, tmp_path: Path) -> None:
    amcc = Amcc(library, cache)
    call = ("validate", "books.ttl", "--shapes", "shapes.ttl")
    assert "--changed no-such: no such git revision" in amcc.fails(*call, "--changed", "no-such")
    said = amcc.fails("validate", "--shapes", "shapes.ttl", "--changed", "books.ttl")
    assert "write --changed=HEAD books.ttl" in said


def test_outside_of_git_it_is_said_in_a_line(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> None:
    folder = tmp_path_factory.mktemp("plain")
    (folder / "shapes.ttl").write_text(SHAPES, encoding="utf-8")
    (folder / "books.ttl").write_text(BOOKS, encoding="utf-8")
    said = Amcc(folder, cache).fails("validate", "books.ttl", "--shapes", "shapes.ttl", "--changed")
    assert "git says: " in said
    assert "not a git repository" in said
