"""The tasks by name. Imports what they need, so only the process that forks workers asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg.serving.workers.tasks import bounded

if TYPE_CHECKING:
    from amcc_kg.serving.workers.tasks import Loaded, Task


def table(loaded: Loaded) -> dict[str, Task]:
    """Return the tasks that are there from the start: what programs ask of the graph itself."""
    from amcc_kg.serving.answers import query_task, things
    from amcc_kg.serving.resources import ontologies, statements

    statements.prepare(loaded)
    ontologies.prepare(loaded)
    return {
        "describe": bounded(things.describe),
        "retired": things.named,
        "sparql": query_task.answer,
    }


def late_table(loaded: Loaded) -> dict[str, Task]:
    """Return the tasks that take longer to get ready for, when they are ready.

    They are not needed for a server to begin with: the first workers are forked before. Imports what tasks
    need and does once what is to be done with a graph.
    """
    from amcc_kg.serving.answers import (
        examples,
        openapi_document,
        saved_answers,
        service_description,
        site,
        things,
    )
    from amcc_kg.serving.pages import renderer
    from amcc_kg.serving.resources import dataset

    for prepare in (
        renderer.prepare,
        saved_answers.prepare,
        service_description.prepare,
        openapi_document.prepare,
    ):
        prepare(loaded)
    return {
        "ask": site.ask,
        "blank": site.blank,
        "catalogue": saved_answers.catalogue,
        "contained": bounded(things.contained),
        "describe-page": bounded(things.describe),
        "downloads": site.downloads,
        "examples": examples.examples,
        "listing": saved_answers.listing,
        "openapi": openapi_document.answer,
        "problem": site.problem,
        "saved": bounded(saved_answers.answer),
        "service-description": service_description.describe,
        "sparql-described": service_description.answer,
        "start": site.start,
        "void": dataset.void,
    }
