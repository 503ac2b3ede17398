"""What is asked of a graph, and how far: one value from the words of a call to the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from amcc_kg.sparql.prologue import Term
from amcc_kg.terms.errors import InputError


@dataclass(frozen=True, slots=True)
class Question:
    """A query, as SPARQL, and how it is to be answered; raises `InputError` for a limit below 0.

    `bindings` are the terms that its variables stand for, by name. Without `inference` only what is asserted
    counts. No more than `limit` rows or triples are read, and no longer than `timeout` seconds is waited.
    """

    text: str
    bindings: Mapping[str, Term] = field(default_factory=dict)
    inference: bool = True
    limit: int | None = None
    timeout: float | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 0:
            raise InputError(f"a limit of {self.limit} rows makes no sense; expected 0 or more")
