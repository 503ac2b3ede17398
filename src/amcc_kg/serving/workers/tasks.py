"""What a task is: a function over the loaded graph that a worker is asked to call by its name.

It is called with the graph and a dictionary that travelled as JSON, and returns a `Answer`. It runs where no
file can be opened, no module imported that was not imported before, and at any moment may be its last.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from amcc_kg.serving.http.messages import Answer, refusal

if TYPE_CHECKING:
    # The server itself has no graph.
    from pyoxigraph import Store

    from amcc_kg.knowledge_graph import KnowledgeGraph
    from amcc_kg.repository.retirement import Retired

T = TypeVar("T")
# What a task answers is what a handler does; of its fields, those travel that stand in `zygote`.
Task = Callable[["Loaded", dict[str, Any]], "Answer"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A graph in memory."""

    store: Store  # everything in the default graph, evidence in the named graphs
    version: str  # changes whenever the graph does; hexadecimal
    knowledge: KnowledgeGraph | None = None  # with its saved queries; None where plain files are served
    shapes: Mapping[Path, bytes] = field(default_factory=dict)  # the files of shapes, not in the store
    rewritten: str = ""  # of which literals something else is kept than was written
    made: dict[Callable[[Loaded], Any], Any] = field(default_factory=dict)  # of it, by `once`

    @property
    def retired(self) -> Mapping[str, Retired]:
        """The retired IRIs, sorted; plain files retire none."""
        return {} if self.knowledge is None else self.knowledge.retired.by_iri


def once(make: Callable[[Loaded], T]) -> Callable[[Loaded], T]:
    """Return a function that makes something of a graph when first asked for it, and keeps it for later."""

    @wraps(make)
    def kept(loaded: Loaded) -> T:
        if make not in loaded.made:
            loaded.made[make] = make(loaded)
        found: T = loaded.made[make]
        return found

    return kept


def as_json(value: object) -> Answer:
    """Return a value as the reply of a task, in JSON."""
    return Answer(200, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode(), "application/json")


def too_large(what: str) -> Answer:
    """Return the refusal of an answer that has more than `what`, such as `20 rows`."""
    return refusal(413, f"the answer has more than {what}; ask for less, for example with LIMIT")


def bounded(task: Task) -> Task:
    """Return a task whose replies hold to the bounds in its call, `rows` and `bytes`, or are refused."""

    def run(loaded: Loaded, call: dict[str, Any]) -> Answer:
        reply = task(loaded, call)
        if reply.status == 200 and reply.rows > call["rows"]:
            return too_large(f"{call['rows']} rows")
        if reply.status == 200 and len(reply.body) > call["bytes"]:
            return too_large(f"{call['bytes']} bytes")
        return reply

    return run
