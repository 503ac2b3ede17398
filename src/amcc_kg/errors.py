"""The errors a user can meet: each is one clear line and an exit code.

Raised where the fact is known; turned into text and an exit code in one place, `amcc_kg.__main__`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from amcc_kg.proofs import Proof


class AmccError(Exception):
    """The base of all errors of this package; its text is one line meant for the user."""

    exit_code = 2


class InputError(AmccError):
    """What was given cannot be used: a file, a query, a parameter, a term."""


class PlacedError(InputError):
    """An input error with a place: `file:line:column: reason`.

    `line` and `column` count from 1. A line of 0 and a column of None are not known and left out.
    """

    def __init__(self, path: Path | str, line: int, column: int | None, reason: str) -> None:
        self.path = str(path)
        self.line = line
        self.column = column
        self.reason = reason
        known = (str(number) for number in (line, column) if number)
        place = ":".join((self.path, *known)) if line else self.path
        super().__init__(f"{place}: {reason}")


class InconsistentError(AmccError):
    """The graph contradicts its ontology; `proof` shows how, where the reasoner can say."""

    exit_code = 1

    def __init__(self, message: str, proof: Proof | None = None) -> None:
        self.proof = proof
        super().__init__(message)


class EngineError(AmccError):
    """The query engine gave up: out of time, out of memory, or it ended itself."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` with the known name nearest to `name`, or nothing when none is near."""
    from difflib import get_close_matches

    match = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {match[0]!r}?" if match else ""
