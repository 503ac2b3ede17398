"""What a verification found: problems with their place, and how much was checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from amcc_kg.repository.passages import Passage


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One breach of the evidence rule; `line` counts from 1."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def about(passage: Passage, term: str, message: str, value: str | None = None) -> Problem:
    """Return a problem of a passage at the line of one of its properties, or of that value of it.

    Without `term`, and where it is not stated, that is the line where the description begins.
    """
    return Problem(passage.described_in.path, passage.line(term, value), f"{passage.told}: {message}")


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of a verification.

    Attributes:
        problems: every breach, sorted by place.
        notes: what could not be checked, and why.
        documents: how many documents were read.
        passages: how many passages they describe.
        quotes: how many quotes were compared with a source text.
        triples: how many triples stand in passages.
    """

    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    documents: int
    passages: int
    quotes: int
    triples: int

    @property
    def holds(self) -> bool:
        """Tell whether no problem was found."""
        return not self.problems

    def __str__(self) -> str:
        counts = (
            f"{self.documents} documents, {self.passages} passages, {self.quotes} quotes compared with their "
            f"source, {self.triples} triples with evidence: "
        )
        outcome = f"{len(self.problems)} problem(s)" if self.problems else "every one holds"
        return "\n".join([*map(str, self.problems), *(f"note: {n}" for n in self.notes), counts + outcome])
