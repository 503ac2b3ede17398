"""`amcc verify`: quotes and triples against their sources, inferred triples against a second reasoner."""

from __future__ import annotations

from typing import Annotated

from amcc_kg import evidence
from amcc_kg.cli.options import Repo, flag
from amcc_kg.cli.streams import put
from amcc_kg.explain.contradictions import explained
from amcc_kg.reasoning import closure
from amcc_kg.repository import files


def verify(
    seal: Annotated[
        bool,
        flag("First record that the triples now in the passage files are what passages state.", "--seal"),
    ] = False,
    repo: Repo = None,
) -> int:
    """Say what does not agree; return 0 if all does and 1 if not."""
    repository = files.find(repo)
    if seal:
        for passage in evidence.seal(repository):
            put(f"sealed {passage}\n")
    found = evidence.verify(repository)
    put(f"{found}\n")
    with explained(repository):
        compared = closure.compare(repository.dataset())
    put(f"{compared}\n")
    return 0 if found.holds and compared.holds else 1
