"""The compiled graph: the same bytes everywhere, trusted only whole, never in the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import HEAD, SOURCE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import amcc_kg
from amcc_kg.graph import cache, compiler
from amcc_kg.repository.files import Repository
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InconsistentError, PlacedError

PERSISTENT = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_two_compilations_have_the_same_bytes(small: Repository) -> None:
    code = "import sys; from pathlib import Path; from amcc_kg.graph import compiler; " + (
        "from amcc_kg.repository.files import Repository; "
        "sys.stdout.buffer.write(compiler.make(Repository(Path(sys.argv[1]))).to_bytes())"
    )
    made = []
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(SOURCE)}
        environment["AMCC_CACHE"] = f"{small.root}/none-{seed}"
        command = [sys.executable, "-c", code, str(small.root)]
        made.append(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
    assert made[0] == made[1]
    assert b'"040"^^' in made[0], "a literal keeps its lexical form"


def test_inference_reaches_the_default_graph_and_its_own_graph(small: Repository) -> None:
    kg = amcc_kg.open(small.root)
    parties = "PREFIX amcc: <https://w3id.org/amcc-kg/ontology#> SELECT ?p { ?p a amcc:Event }"
    assert len(kg.query(parties)) == 2
    assert len(kg.query(parties, inference=False)) == 0
    graphs = kg.query(
        "PREFIX amcc: <https://w3id.org/amcc-kg/ontology#> SELECT ?g { GRAPH ?g { ?p a amcc:Event } }"
    )
    assert {row.g.value for row in graphs} == {prefixes.INFERRED_GRAPH}


def test_no_triple_is_both_asserted_and_inferred_and_none_is_about_the_schema(small: Repository) -> None:
    made = compiler.compile_graph(small)
    asserted, inferred = set(made.asserted.splitlines()), set(made.inferred.splitlines())
    assert inferred
    assert not asserted & inferred
    subjects = {line.split(b" ")[0].decode() for line in inferred}
    assert all(subject.startswith(f"<{prefixes.BASE}") and "#" not in subject for subject in subjects), (
        subjects
    )


def test_a_compilation_is_found_again(small: Repository) -> None:
    made = compiler.compile_graph(small)
    assert cache.load(small) == made


def test_a_changed_file_makes_it_stale(small: Repository) -> None:
    compiler.compile_graph(small)
    path = small.root / "data/register/people.ttl"
    path.write_text(path.read_text().replace("Ann", "Anne"))
    assert cache.load(small) is None


@pytest.mark.parametrize("table", ["rules.txt", "schema_rules.txt"])
def test_a_changed_rule_makes_it_stale(small: Repository, tmp_path: Path, table: str) -> None:
    shutil.copytree(SOURCE / "amcc_kg", tmp_path / "amcc_kg", ignore=shutil.ignore_patterns("__pycache__"))
    code = "import sys; from pathlib import Path; from amcc_kg.graph import cache, compiler; " + (
        "from amcc_kg.repository.files import Repository; small = Repository(Path(sys.argv[1])); "
        "print(cache.load(small) is None); compiler.compile_graph(small)"
    )

    def is_stale() -> bool:
        environment = os.environ | {"AMCC_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(tmp_path)}
        command = [sys.executable, "-c", code, str(small.root)]
        done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
        return done.stdout == "True\n"

    assert [is_stale(), is_stale()] == [True, False]
    path = tmp_path / "amcc_kg/reasoning" / table
    path.write_text(path.read_text(encoding="utf-8") + "# another remark\n", encoding="utf-8")
    assert [is_stale(), is_stale()] == [True, False]


def test_a_changed_query_does_not_cost_reasoning(small: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    before = compiler.compile_graph(small)
    path = small.root / "queries/parties.rq"
    path.write_text(path.read_text().replace("Parties", "All parties"))
    monkeypatch.setattr("amcc_kg.reasoning.closure.close", None)
    after = compiler.compile_graph(small)
    assert after.inferred == before.inferred
    assert after.queries != before.queries


@PERSISTENT
@given(data=st.data())
def test_a_damaged_file_is_never_believed(small: Repository, data: st.DataObject) -> None:
    made = compiler.compile_graph(small)
    whole = made.to_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = data.draw(
        st.sampled_from(
            [
                whole[:at],
                whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
                whole + whole[at:],
                whole[at:],
            ]
        )
    )
    if damaged == whole:
        return
    path = small.root / "damaged.amcc"
    path.write_bytes(damaged)
    assert cache.read(path, made.key.__eq__) is None


@PERSISTENT
@given(content=st.binary(max_size=300))
def test_a_foreign_file_is_never_believed(small: Repository, content: bytes) -> None:
    path = small.root / "foreign.amcc"
    path.write_bytes(cache.MAGIC + b" " + content)
    assert cache.read(path, cache.key_of(small).__eq__) is None


def test_a_truncated_cache_is_rebuilt_silently(small: Repository, own_cache: Path) -> None:
    kept = cache.keep(compiler.compile_graph(small))
    assert kept is not None
    kept.write_bytes(kept.read_bytes()[:1000])
    assert len(amcc_kg.open(small.root).query("parties")) == 2
    assert cache.load(small) is not None


def test_an_unwritable_cache_folder_costs_time_not_the_answer(
    small: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    occupied = small.root / "occupied"
    occupied.write_text("not a folder")
    monkeypatch.setenv("AMCC_CACHE", str(occupied / "below"))
    assert len(amcc_kg.open(small.root).query("parties")) == 2


def test_the_shipped_file_is_used_whatever_the_engines_but_not_for_other_inputs(
    small: Repository, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = compiler.compile_graph(small)
    other = replace(made, key=replace(made.key, engines="owlrl-1,pyoxigraph-1,rdflib-1"))
    cache.write_whole(other.to_bytes(), small.root / cache.SHIPPED_NAME)
    monkeypatch.setenv("AMCC_CACHE", str(small.root / "empty"))
    assert cache.load(small) == other
    (small.root / "queries/parties.rq").unlink()
    assert cache.load(small) is None


def test_two_processes_may_build_at_once(small: Repository) -> None:
    environment = os.environ | {"AMCC_CACHE": f"{small.root}/fresh", "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-m", "amcc_kg", "query", "parties", "--format", "csv"]
    running = [
        subprocess.Popen(command, cwd=small.root, env=environment, stdout=subprocess.PIPE) for _ in range(3)
    ]
    answers = {process.communicate(timeout=120)[0] for process in running}
    assert len(answers) == 1
    assert all(process.returncode == 0 for process in running)
    assert [path.suffix for path in Path(environment["AMCC_CACHE"]).iterdir()] == [".amcc"]


def test_old_compilations_are_forgotten(small: Repository, own_cache: Path) -> None:
    made = compiler.compile_graph(small)
    folder = small.root / "many"
    shutil.copytree(own_cache, folder)
    for number in range(20):
        cache.write_whole(made.to_bytes(), folder / f"{number}.amcc")
    cache._forget_oldest(folder)
    assert len(list(folder.glob("*.amcc"))) == 12


def test_a_contradiction_is_an_error_with_exit_code_one(small: Repository) -> None:
    path = small.root / "data/documents/diary/s03.ttl"
    path.write_text(HEAD + "<event/tea> a amcc:Person .\n")
    with pytest.raises(InconsistentError, match=r"contradicts its ontology.*tea") as caught:
        compiler.make(small)
    assert caught.value.exit_code == 1


def test_turtle_that_does_not_parse_is_placed(small: Repository) -> None:
    path = small.root / "data/documents/diary/s03.ttl"
    path.write_text(HEAD + "<event/tea> amcc:guests \n .\n")
    with pytest.raises(PlacedError) as caught:
        compiler.make(small)
    assert (caught.value.path, caught.value.line) == (str(path), HEAD.count("\n") + 2)
