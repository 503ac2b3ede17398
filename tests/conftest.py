"""A small repository about a fictitious club: the program is tested on a graph that is not its own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from command_line import HEAD, Amcc

from amcc_kg.repository.files import Repository
from amcc_kg.terms import keys

FILES = {
    "ontology/club.ttl": HEAD
    + """amcc:Party a owl:Class ; rdfs:subClassOf amcc:Event ; owl:disjointWith amcc:Person .
amcc:Event a owl:Class .
amcc:Person a owl:Class .
amcc:hostedBy a owl:ObjectProperty ; owl:inverseOf amcc:hosted .
amcc:hosted a owl:ObjectProperty .
[] a owl:AllDisjointClasses ; owl:members ( amcc:Event amcc:Person ) .
""",
    "data/register/people.ttl": HEAD
    + """<person/ann> a amcc:Person ; rdfs:label "Ann" .
<person/bob> a amcc:Person ; rdfs:label "Bob" .
<person/bob-2> a amcc:Person ; rdfs:label "bob"@en .
""",
    "data/documents/diary/document.ttl": HEAD
    + '<document/diary> a amcc:Document ; rdfs:label "the diary" .\n',
    "data/documents/diary/s01.ttl": HEAD
    + """<event/tea> a amcc:Party ; rdfs:label "tea, with \\"cake\\""@en ;
    amcc:hostedBy <person/ann> ; amcc:guests 3 ; amcc:heldOn "2020-05"^^xsd:gYearMonth .
""",
    "data/documents/diary/s02.ttl": HEAD
    + """<event/ball> a amcc:Party ; rdfs:label "ball" ; amcc:hostedBy <person/bob> ;
    amcc:guests "040"^^xsd:integer ; amcc:heldOn "2020-06-01"^^xsd:date .
""",
    "queries/parties.rq": """#+ title: Parties
#+ question: Which parties were there?
#+ tags: [fun]

PREFIX amcc: <https://w3id.org/amcc-kg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?party ?name ?guests WHERE {
  ?party a amcc:Event ; rdfs:label ?name .
  OPTIONAL { ?party amcc:guests ?guests }
} ORDER BY STR(?party)
""",
    "queries/parties-of.rq": """#+ title: Parties of a host
#+ question: Which parties did somebody give?
#+ tags: [fun]
#+ parameters:
#+   - name: host
#+     type: term
#+     description: who gave it
#+     allowed: |
#+       PREFIX amcc: <https://w3id.org/amcc-kg/ontology#>
#+       PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
#+       SELECT ?host ?label { ?e amcc:hostedBy ?host . ?host rdfs:label ?label } ORDER BY STR(?host)
#+   - name: least
#+     type: integer
#+     default: 0

PREFIX amcc: <https://w3id.org/amcc-kg/ontology#>
SELECT ?host ?least ?party WHERE {
  ?party amcc:hostedBy ?host ; amcc:guests ?guests FILTER(?guests >= ?least)
} ORDER BY STR(?party)
""",
}


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left() -> Iterator[None]:
    """At the end no process is left of those that tests have started, nor of those that these have."""
    mark = f"AMCC_TEST_RUN={uuid4()}"
    name, _, value = mark.partition("=")
    os.environ[name] = value
    yield
    end = time.monotonic() + 10
    while (left := marked(mark.encode())) and time.monotonic() < end:
        time.sleep(0.1)
    assert not left, left


def marked(mark: bytes) -> dict[int, str]:
    """Return the processes, but for this one, in whose environment a mark stands, each with its command."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (folder / "cmdline").read_text().replace("\0", " ")
            # Python's own helper ends with this process.
            is_own = folder.name == str(os.getpid()) or "multiprocessing.resource_tracker" in command
            if not is_own and mark in (folder / "environ").read_bytes():
                found[int(folder.name)] = command
    return found


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache folder for the session, so that the small repository is reasoned over once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def own_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AMCC_CACHE", str(cache))
    return cache


@pytest.fixture
def small(tmp_path: Path, own_cache: Path) -> Repository:
    for name, text in FILES.items():
        path = tmp_path / "club" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Repository(tmp_path / "club")


@pytest.fixture
def amcc(small: Repository, cache: Path) -> Amcc:
    return Amcc(small.root, cache)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """In continuous integration, end with an error if a test was skipped for want of something to install.

    Only what an environment variable names may be missing: it is not to be had by installing.
    """
    skipped = terminalreporter.stats.get("skipped", []) if os.environ.get("CI") else []
    reasons = {str(report.longrepr[2]) for report in skipped if isinstance(report.longrepr, tuple)}
    missing = sorted(reason for reason in reasons if "AMCC_" not in reason)
    if missing:
        terminalreporter.write_line("skipped, though nothing may be skipped here:", red=True)
        for reason in missing:
            terminalreporter.write_line(f"  {reason}")
        terminalreporter._session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="module")
def literals_as_written() -> Iterator[None]:
    """Let rdflib read literals as they are written, for tests that compare what it reads."""
    with keys.as_written():
        yield
