"""`amcc shapes`: what shapes ask for, and what of it the data puts to the test."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from amcc_kg.cli.dataset import meant
from amcc_kg.cli.named_files import files_of_shapes
from amcc_kg.cli.options import Output, Repo, choice, value
from amcc_kg.cli.streams import put
from amcc_kg.validation.examples import tables
from amcc_kg.validation.inputs.check import read
from amcc_kg.validation.inputs.files import listed

_TASKS = ("document", "coverage", "mutate")
_WRITERS = {"text": tables.as_text, "markdown": tables.as_markdown, "html": tables.as_html}


def shapes(
    task: Annotated[
        str,
        choice(
            _TASKS,
            "document what the shapes ask for; tell which constraints the data covers; "
            "or mutate the data to prove that each constraint can fail.",
            typer.Argument,
        ),
    ] = _TASKS[0],
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files of data; the repository's if none is given.", metavar="[PATH]..."),
    ] = None,
    shapes: Annotated[
        list[str] | None,
        value("A file of shapes, or amcc for those of this project; may be repeated.", "FILE"),
    ] = None,
    format: Annotated[str, choice(_WRITERS, "How to write the table.")] = "text",
    output: Output = None,
    repo: Repo = None,
) -> int:
    """Write the table; return 0 if it shows all that was asked for to be well and 1 if not."""
    named, data = files_of_shapes(shapes or ())
    (rules, unread), (found, more) = listed(named), listed(paths or ())
    for file, reason in (*unread, *more):
        print(f"not read: {file}: {reason}", file=sys.stderr)
    files = list(rules)
    own = meant(repo) if not files or (task != "document" and not paths) else None
    if paths:
        data += found
    elif own is not None:
        data += [*own.written_files, *own.ontology_files]
    if own is not None:
        files = files or [own.shapes_file]
    table = tables.table(task, *read(list(dict.fromkeys(data)), files))
    put(_WRITERS[format](table), output)
    return 0 if table.well else 1
