"""The errors a user can meet: each is one clear line and an exit code.

Raised where the fact is known; turned into text and an exit code in one place, `amcc_kg.__main__`.
"""

from __future__ import annotations

from pathlib import Path


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

    def __reduce__(self) -> tuple[object, ...]:
        return PlacedError, (self.path, self.line, self.column, self.reason)


class ColumnError(InputError, KeyError):
    """An answer has no column of that name; the text names those that it has."""

    __str__ = Exception.__str__  # a KeyError's text is that of its key


class InconsistentError(AmccError):
    """The graph contradicts its ontology; `proof` shows how, where the reasoner can say.

    `explanation` is the proof as `amcc explain` writes proofs, empty where there is none. `proof` and
    `prover` are those of `amcc_kg.reasoning.proofs`; the latter knows the graph.
    """

    exit_code = 1

    def __init__(self, message: str, proof: object = None, prover: object = None) -> None:
        self.proof = proof
        self.prover = prover
        self.explanation = ""
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        # Without the proof, which knows a graph; in words it stays.
        return InconsistentError, (str(self),), {"explanation": self.explanation}


class EngineError(AmccError):
    """The query engine gave up: out of time, out of memory, or it ended itself."""
