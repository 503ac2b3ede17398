"""A contradiction in words: its proof down to the sentences that clash.

Knows how an error gets its explanation; finds no contradiction itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from amcc_kg.repository.files import Repository
from amcc_kg.terms.errors import InconsistentError


@contextmanager
def explained(repository: Repository) -> Iterator[None]:
    """Give an `InconsistentError` that passes through its `explanation`, from the files of a repository."""
    try:
        yield
    except InconsistentError as error:
        from amcc_kg.explain.explanation import told
        from amcc_kg.explain.steps import Teller
        from amcc_kg.reasoning.proofs import Proof, Prover

        if isinstance(error.proof, Proof) and isinstance(error.prover, Prover):
            error.explanation = told((Teller(error.prover, repository).step(error.proof),))
        raise
