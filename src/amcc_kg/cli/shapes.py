"""The verb `amcc shapes`: its options, and nothing of what they do."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Task(StrEnum):
    """What to do with the shapes."""

    DOCUMENT = "document"
    COVERAGE = "coverage"
    MUTATE = "mutate"


class TableFormat(StrEnum):
    """How the table is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"


def shapes(
    context: typer.Context,
    task: Annotated[
        Task,
        typer.Argument(
            help="document what the shapes ask for; tell which constraints the data covers; "
            "or mutate the data to prove that each constraint can fail."
        ),
    ] = Task.DOCUMENT,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files of data; the repository's if none is given.", metavar="[PATH]..."),
    ] = None,
    shapes: Annotated[
        list[str] | None,
        typer.Option(
            help="A file of shapes, or amcc for those of this project; may be repeated.", metavar="FILE"
        ),
    ] = None,
    format: Annotated[TableFormat, typer.Option(help="How to write the table.")] = TableFormat.TEXT,
    output: Annotated[
        Path | None, typer.Option(help="Write to this file instead of standard output.", metavar="FILE")
    ] = None,
) -> None:
    """Show what a shapes graph asks for, and what of it the data puts to the test.

    Example: amcc shapes coverage
    """
    from amcc_kg.cli import query, validate
    from amcc_kg.repository import files as repository
    from amcc_kg.validation.examples import document
    from amcc_kg.validation.inputs import inputs

    call = validate.Call(shapes=tuple(shapes or ()), repo=context.obj)
    files, data = validate.files_of_shapes(call)
    if paths:
        data += inputs.files(paths)
    elif not shapes or task is not Task.DOCUMENT:
        found = repository.find(context.obj)
        data += [*found.written_files, *found.ontology_files]
        files = files or [found.shapes_file]
    files = files or [repository.find(context.obj).shapes_file]
    table, well = document.table(task.value, files, list(dict.fromkeys(data)))
    writers = {"text": document.as_text, "markdown": document.as_markdown, "html": document.as_html}
    query.put(writers[format.value](table), output)
    if not well:
        raise typer.Exit(1)
