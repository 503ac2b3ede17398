"""One call of `amcc explain`: which triple, and how the explanation is written.

Both readers of the command line end here. Knows streams; no options' names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# What can be written also where there is no proof.
_WITHOUT_PROOF = ("text", "json")


@dataclass(frozen=True, slots=True)
class Call:
    """The words of a call, each already of its type."""

    subject: str
    predicate: str
    object: str
    every: bool = False
    bound: int = 12
    format: str = "text"
    output: Path | None = None
    repo: Path | None = None


def answer(call: Call) -> int:
    """Write the explanation; return 0 if the triple holds and 1 if not. Raises `InputError`.

    A format that shows proofs only gets none of what is said where there is no proof: that goes to standard
    error, and no file is written.
    """
    import sys

    from amcc_kg.cli import query
    from amcc_kg.knowledge_graph import open as open_graph

    graph = open_graph(call.repo)
    found = graph.explain(call.subject, call.predicate, call.object, all_proofs=call.every, bound=call.bound)
    if not found.holds and call.format not in _WITHOUT_PROOF:
        print(found.to_string(), end="", file=sys.stderr)
        return 1
    query.put(found.to_string(call.format), call.output)
    if found.remark and call.format not in _WITHOUT_PROOF:
        print(found.remark, file=sys.stderr)
    return 0 if found.holds else 1
