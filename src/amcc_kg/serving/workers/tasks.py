"""What a task is: a function over the loaded graph that a worker is asked to call by its name.

It is called with the graph and a dictionary that travelled as JSON, and returns a `Answer`. It runs where no
file can be opened, no module imported that was not imported before, and at any moment may be its last.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from amcc_kg.serving.http.messages import Answer, problem

if TYPE_CHECKING:
    # The server itself has no graph.
    from pyoxigraph import Store

    from amcc_kg.knowledge_graph import KnowledgeGraph

# What a task answers is what a handler does; of its fields, those travel that stand in `zygote`.
Task = Callable[["Loaded", dict[str, Any]], "Answer"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A graph in memory.

    Attributes:
        store: everything in the default graph, evidence in the named graphs.
        version: changes whenever the graph does; hexadecimal.
        knowledge: the graph with its saved queries, None where plain files are served.
        prepared: what was made ready for tasks before any worker was forked.
    """

    store: Store
    version: str
    knowledge: KnowledgeGraph | None = None
    prepared: dict[str, Any] = field(default_factory=dict)


def refusal(status: int, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Return a reply of one line of plain text that says why there is no answer."""
    return replace(problem(status, reason, headers), vary=("Accept",))


def as_json(value: object) -> Answer:
    """Return a value as the reply of a task, in JSON."""
    return Answer(200, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode(), "application/json")


def moved(location: str, status: int = 301) -> Answer:
    """Return the reply that what is asked for is elsewhere, by 301 for good."""
    return Answer(status, f"see {location}\n".encode(), storable=False, headers=(("Location", location),))


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
