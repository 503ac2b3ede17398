"""The verb `amcc validate`: its options, and nothing of what they do. Imports no engine; help is quick."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Least(StrEnum):
    """The least severity that counts."""

    INFO = "info"
    WARNING = "warning"
    VIOLATION = "violation"


class Engine(StrEnum):
    """The engines; the names are those of `amcc_kg.validation.ENGINES`."""

    COLUMNS = "columns"
    PYSHACL = "pyshacl"
    BOTH = "both"


def validate(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files or folders to check, - for standard input; the repository if none is given.",
            metavar="[PATH]...",
        ),
    ] = None,
    shapes: Annotated[
        list[str] | None,
        typer.Option(
            help="Shapes to check against: a file, or amcc for those of this project; may be repeated.",
            metavar="FILE",
        ),
    ] = None,
    ontology: Annotated[
        list[Path] | None, typer.Option(help="Ontology to reason with; may be repeated.", metavar="FILE")
    ] = None,
    format: Annotated[
        list[str] | None,
        typer.Option(
            help="How to write the report, and with =FILE where to; may be repeated. One of text, turtle, "
            "json-ld, json, csv, sarif, junit, github, gitlab, html, markdown. Default: text.",
            metavar="NAME[=FILE]",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Write to this file instead of standard output.", metavar="FILE")
    ] = None,
    severity_threshold: Annotated[
        Least, typer.Option(help="Leave out findings that are less grave than this.")
    ] = Least.INFO,
    max_findings: Annotated[
        int | None,
        typer.Option(help="Write at most so many findings, the gravest first.", min=0, metavar="N"),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(help="Findings recorded in this file are known and do not fail.", metavar="FILE"),
    ] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Record the present findings in the --baseline file.")
    ] = False,
    changed: Annotated[
        str | None,
        typer.Option(
            help="Only findings that are new since this git revision, or stand in files changed since; "
            "HEAD if none is named.",
            metavar="[REV]",
        ),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            help="Explain the findings at this FILE:LINE, or of this fingerprint, and write nothing else.",
            metavar="FINDING",
        ),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="What validates; both runs the two and fails if they differ.")
    ] = Engine.COLUMNS,
    strict: Annotated[
        bool, typer.Option("--strict", help="Take for a finding what the verdict does not cover.")
    ] = False,
    syntax: Annotated[
        str | None,
        typer.Option(
            help="The syntax of standard input (-) and of files whose endings tell none: turtle, trig, "
            "ntriples, nquads, jsonld or rdfxml.",
            metavar="NAME",
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(help="How many processes to use at most.", min=1, metavar="N")] = 1,
    watch: Annotated[
        bool, typer.Option("--watch", help="Validate again whenever one of the files is saved.")
    ] = False,
) -> None:
    """Check data against shapes, and say which line is wrong and why.

    Example: amcc validate data/register --format text
    """
    from amcc_kg.cli import validate as calling

    call = calling.Call(
        paths=tuple(paths or ()),
        shapes=tuple(shapes or ()),
        ontology=tuple(ontology or ()),
        formats=tuple(format or ()),
        output=output,
        least=severity_threshold.value,
        most=max_findings,
        baseline=baseline,
        write_baseline=write_baseline,
        changed=changed,
        explain=explain,
        engine=engine.value,
        strict=strict,
        jobs=jobs,
        syntax=syntax,
        repo=context.obj,
    )
    code = calling.watch(call) if watch else calling.answer(call)
    if code:
        raise typer.Exit(code)
