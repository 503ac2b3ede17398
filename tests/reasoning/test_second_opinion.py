"""The second reasoner: chosen for a build, held against the first by `verify`, on the shipped graph too."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import mini_repository as mini
import pytest
from command_line import Amcc

from amcc_kg.graph import compiler
from amcc_kg.repository import files as repository

ROOT = Path(__file__).parent.parent.parent
GATHERING = "amcc:chairedBy rdfs:domain amcc:Gathering .\namcc:Gathering rdfs:subClassOf amcc:Occasion .\n"
FAIR, OCCASION = mini.iri("event/fair-2"), mini.iri("ontology#Occasion")
INFERRED = f"{FAIR.n3()} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> {OCCASION.n3()}"
# What the second reasoner does after its work, where a test makes it go wrong.
FORGETS = f"graph.remove((URIRef({str(FAIR)!r}), None, URIRef({str(OCCASION)!r})))"
# Said of every build of the small repository, whichever reasoner closes it.
REWRITTEN = re.compile(r"2 literals are kept in another form than written: \S+, \S+\n")
INVENTS = f"graph.add((URIRef({str(FAIR)!r}), URIRef('x:invented'), URIRef('x:thing')))"


@pytest.fixture
def fair(tmp_path: Path, own_cache: Path) -> repository.Repository:
    made = mini.build(tmp_path / "fair")
    ontology = made.root / "ontology/amcc.ttl"
    ontology.write_text(ontology.read_text() + GATHERING)
    return made


def with_owlrl_that(change: str, amcc: Amcc, *call: str) -> subprocess.CompletedProcess[str]:
    """Run the command line where owlrl closes a graph and then changes it."""
    code = f"""
import sys
from rdflib import URIRef
from amcc_kg.reasoning import second_opinion
from amcc_kg.__main__ import main
close = second_opinion.close
def changed(graph):
    found = close(graph)
    {change}
    return found
second_opinion.close = changed
sys.exit(main(sys.argv[1:]))
"""
    return subprocess.run(
        [sys.executable, "-c", code, *call],
        cwd=amcc.folder,
        env=amcc.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_build_with_either_reasoner_writes_the_same_graph(fair: repository.Repository, cache: Path) -> None:
    amcc = Amcc(fair.root, cache)
    for reasoner in ("rules", "owlrl"):
        done = amcc("build", "--reasoner", reasoner, "--out", f"../{reasoner}")
        assert done.returncode == 0
        assert REWRITTEN.fullmatch(done.stderr)
    ours, theirs = (files(fair.root.parent / reasoner) for reasoner in ("rules", "owlrl"))
    assert ours == theirs
    assert any(INFERRED.encode() in content for content in theirs.values())
    rules, owlrl = (compiler.compile_graph(fair, reasoner) for reasoner in ("rules", "owlrl"))
    assert rules.key != owlrl.key
    assert (rules.asserted, rules.inferred, rules.named) == (owlrl.asserted, owlrl.inferred, owlrl.named)
    assert INFERRED.encode() in rules.inferred


def test_the_option_decides_which_reasoner_closes_the_graph(fair: repository.Repository, cache: Path) -> None:
    amcc = Amcc(fair.root, cache.parent / "their-own-cache")
    for reasoner, there in (("rules", True), ("owlrl", False)):
        done = with_owlrl_that(FORGETS, amcc, "build", "--reasoner", reasoner, "--out", reasoner)
        assert done.returncode == 0
        assert REWRITTEN.fullmatch(done.stderr)
        written = files(fair.root / reasoner)
        assert any(INFERRED.encode() in content for content in written.values()) is there


def test_an_unknown_reasoner_is_refused(fair: repository.Repository, cache: Path) -> None:
    error = Amcc(fair.root, cache).fails("build", "--reasoner", "pellet")
    assert "'pellet' is not one of 'rules', 'owlrl'" in error


def test_verify_holds_where_both_reasoners_agree(fair: repository.Repository, cache: Path) -> None:
    done = Amcc(fair.root, cache)("verify")
    assert (done.returncode, done.stderr) == (0, ""), done
    assert "2 triples inferred by this program and by owlrl: none differs" in done.stdout


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (FORGETS, f"inferred by the rules, not by owlrl: {INFERRED}"),
        (INVENTS, f"inferred by owlrl, not by the rules: {FAIR.n3()} <x:invented> <x:thing>"),
    ],
)
def test_verify_fails_and_names_the_triple_where_they_differ(
    fair: repository.Repository, cache: Path, change: str, difference: str
) -> None:
    done = with_owlrl_that(change, Amcc(fair.root, cache), "verify")
    assert (done.returncode, done.stderr) == (1, ""), done
    assert f"\n{difference}\n" in done.stdout
    assert re.search(r"inferred by this program and by owlrl: 1 difference\(s\)$", done.stdout.strip())


def test_verify_fails_where_the_rules_go_wrong(fair: repository.Repository, cache: Path) -> None:
    code = (
        "import sys; from amcc_kg.reasoning import clauses; from amcc_kg.__main__ import main\n"
        "clauses.RULES = tuple(rule for rule in clauses.RULES if rule.name != 'cax-sco')\n"
        "sys.exit(main(['verify']))"
    )
    amcc = Amcc(fair.root, cache)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=amcc.folder,
        env=amcc.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert f"inferred by owlrl, not by the rules: {INFERRED}\n" in done.stdout


def test_both_reasoners_agree_on_the_graph_of_this_repository(cache: Path) -> None:
    done = Amcc(ROOT, cache)("verify")
    assert (done.returncode, done.stderr) == (0, ""), done
    found = re.search(
        r"^(\d+) triples inferred by this program and by owlrl: none differs$", done.stdout, re.M
    )
    assert found
    inferred = compiler.compile_graph(repository.find(ROOT)).inferred
    assert int(found[1]) == len(inferred.splitlines()) > 400


def test_verify_of_this_repository_fails_where_the_reasoners_differ(cache: Path) -> None:
    done = with_owlrl_that(INVENTS, Amcc(ROOT, cache), "verify")
    assert done.returncode == 1
    assert f"inferred by owlrl, not by the rules: {FAIR.n3()} <x:invented> <x:thing>\n" in done.stdout
