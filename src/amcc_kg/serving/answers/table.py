"""The tasks by name, and the process that holds a graph to do them on, which is this module run by itself.

Imports all that tasks need, once for all workers.
"""

from __future__ import annotations

import signal
import socket
import sys

from amcc_kg.serving.answers import (
    explanations,
    openapi_document,
    saved_answers,
    service_description,
    site,
    things,
)
from amcc_kg.serving.pages import renderer
from amcc_kg.serving.resources import descriptions, statements
from amcc_kg.serving.workers import processes, zygote
from amcc_kg.serving.workers.tasks import Loaded, Task, bounded


def table(loaded: Loaded) -> dict[str, Task]:
    """Do once what tasks need of a graph, and return them."""
    # Now, because workers can open no file, and share what was made before they were forked.
    for make in (statements.of, descriptions.ontologies, renderer.templates, saved_answers.queries):
        make(loaded)
    openapi_document.whole(loaded)
    return {
        "ask": site.ask,
        "blank": site.blank,
        "catalogue": saved_answers.catalogue,
        "contained": bounded(things.contained),
        "describe": bounded(things.describe),
        "downloads": site.downloads,
        "examples": service_description.examples,
        "explain": bounded(explanations.explain),
        "listing": saved_answers.listing,
        "openapi": openapi_document.answer,
        "problem": site.problem,
        "retired": things.retired,
        "saved": bounded(saved_answers.answer),
        "service-description": service_description.describe,
        "sparql": service_description.answer,
        "start": site.start,
        "void": service_description.void,
    }


def main(parent: str, handle: str) -> None:
    """Hold a graph for the server that is the parent, over the socket of this number."""
    processes.end_with(int(parent))
    # Nobody waits for workers either: the system is to forget them.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_IGN)
    zygote.hold(socket.socket(fileno=int(handle)), table)


if __name__ == "__main__":
    main(*sys.argv[1:])
