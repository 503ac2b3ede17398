"""The command line: words in, words out.

Knows verbs, options and streams. What a verb does lives in the modules it calls, imported when it runs.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from amcc_kg.cli import arguments
from amcc_kg.cli.choices import AnswerFormat, ListFormat, ProofFormat, Reasoner
from amcc_kg.cli.serve import serve
from amcc_kg.cli.shapes import shapes
from amcc_kg.cli.validate_options import validate
from amcc_kg.terms.errors import InputError
from amcc_kg.terms.version import __version__

if TYPE_CHECKING:
    from amcc_kg.knowledge_graph import KnowledgeGraph
    from amcc_kg.repository.files import Repository


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"amcc {__version__}")
        raise typer.Exit


def _complete_query(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    from amcc_kg.cli import completion

    return completion.query_names(_folder(context), incomplete)


def _complete_parameter(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    from amcc_kg.cli import completion

    return completion.parameters(_folder(context), incomplete)


def _folder(context: typer.Context) -> Path | None:
    folder = context.obj if context.obj is not None else context.find_root().params.get("repo")
    return folder if isinstance(folder, Path) else None


Output = Annotated[
    Path | None, typer.Option(help="Write to this file instead of standard output.", metavar="FILE")
]


def start(
    context: typer.Context,
    repo: Annotated[
        Path | None,
        typer.Option(
            help="Use the repository in this folder instead of the one around or installed.", metavar="DIR"
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Question a knowledge graph in which every answer shows the sentence it rests on.

    Example: amcc query who-chaired
    """
    context.obj = repo


def query(
    context: typer.Context,
    query: Annotated[
        str,
        typer.Argument(
            help="A saved query's name, a file that ends in .rq, a SPARQL text, or - for standard input.",
            metavar="NAME|FILE.rq|-",
            autocompletion=_complete_query,
        ),
    ],
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            "-p",
            help="A value for a parameter of the query; may be repeated.",
            metavar="KEY=VALUE",
            autocompletion=_complete_parameter,
        ),
    ] = None,
    format: Annotated[
        AnswerFormat | None,
        typer.Option(
            help="How to write the answer. Default: table; turtle for CONSTRUCT and DESCRIBE.",
            show_default=False,
        ),
    ] = None,
    no_inference: Annotated[
        bool, typer.Option("--no-inference", help="See only what is asserted, nothing that was inferred.")
    ] = False,
    evidence: Annotated[
        bool,
        typer.Option("--evidence", help="Show what each row rests on, down to the words of the passages."),
    ] = False,
    because: Annotated[
        bool, typer.Option("--because", help="Say in one sentence for each row who says so, and where.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(help="Print at most this many rows or triples.", min=0, metavar="N")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            help="Give up after this many seconds.",
            min=0.001,
            max=arguments.LONGEST,
            metavar="SECONDS",
            callback=arguments.seconds,
        ),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(help="Ask this SPARQL endpoint instead of the compiled graph.", metavar="URL"),
    ] = None,
    output: Output = None,
) -> None:
    """Answer a saved query or a SPARQL query from the graph.

    Example: amcc query commitments-by-status -p status="under consideration" --format csv
    """
    from amcc_kg.cli import query as asking

    asking.answer(
        asking.Call(
            query,
            tuple(parameter or ()),
            format.value if format else None,
            not no_inference,
            evidence,
            because,
            limit,
            timeout,
            endpoint,
            output,
            _folder(context),
        )
    )


def queries(
    context: typer.Context,
    format: Annotated[ListFormat, typer.Option(help="How to write the list.")] = ListFormat.TEXT,
    output: Output = None,
) -> None:
    """List the saved queries with their questions and parameters.

    Example: amcc queries --format json
    """
    from amcc_kg.cli import queries as listing
    from amcc_kg.cli import query as asking

    graph = _graph(context)
    asking.put(listing.as_json(graph) if format is ListFormat.JSON else listing.as_text(graph), output)


def explain(
    context: typer.Context,
    subject: Annotated[
        str, typer.Argument(help="What the triple is about: <IRI>, prefix:name or a label.", metavar="S")
    ],
    predicate: Annotated[str, typer.Argument(help="A property, or a.", metavar="P")],
    object: Annotated[
        str,
        typer.Argument(
            help="A thing as above, a number, a date, or a literal as Turtle writes it.", metavar="O"
        ),
    ],
    every: Annotated[
        bool, typer.Option("--all", help="Give every minimal proof up to the bound, not only the smallest.")
    ] = False,
    bound: Annotated[
        int,
        typer.Option(help="With --all: the rules and leaves that a proof may have.", min=1, metavar="N"),
    ] = 12,
    format: Annotated[ProofFormat, typer.Option(help="How to write it.")] = ProofFormat.TEXT,
    output: Output = None,
) -> None:
    """Tell why a triple holds, rule by rule down to the passages; if it does not, what is nearest.

    Example: amcc explain person:s-iswaran amcc:chairedMeetingOf body:amcc
    """
    from amcc_kg.cli import explain as command

    call = command.Call(subject, predicate, object, every, bound, format.value, output, _folder(context))
    if code := command.answer(call):
        raise typer.Exit(code)


def build(
    context: typer.Context,
    out: Annotated[
        Path,
        typer.Option(help="The folder that the downloads go to; made if it is not there.", metavar="DIR"),
    ] = Path("downloads"),
    reasoner: Annotated[
        Reasoner, typer.Option(help="What closes the graph: this program's rules, or owlrl.")
    ] = Reasoner.RULES,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not say what was written.")] = False,
) -> None:
    """Compile the graph and write the downloads.

    Example: amcc build --out downloads
    """
    from amcc_kg.cli import query as asking
    from amcc_kg.graph import compiler
    from amcc_kg.publishing import downloads

    graph = _graph(context, reasoner.value)
    graph.queries()  # raises for a saved query that is not well written
    inferred = compiler.inferred_triples(graph.compiled)
    written = downloads.write_downloads(graph.repository.dataset(), inferred, graph.repository, out)
    if not quiet:
        asking.put(f"{len(written)} files in {out}\n")


def verify(
    context: typer.Context,
    seal: Annotated[
        bool,
        typer.Option(
            "--seal", help="First record that the triples now in the passage files are what passages state."
        ),
    ] = False,
) -> None:
    """Hold quotes and triples against their sources, and what was inferred against a second reasoner.

    Example: amcc verify
    """
    from amcc_kg import evidence
    from amcc_kg.cli import query as asking
    from amcc_kg.explain.contradictions import explained
    from amcc_kg.reasoning import closure

    repository = _repository(context)
    if seal:
        for passage in evidence.seal(repository):
            asking.put(f"sealed {passage}\n")
    found = evidence.verify(repository)
    asking.put(f"{found}\n")
    with explained(repository):
        compared = closure.compare(repository.dataset())
    asking.put(f"{compared}\n")
    if not (found.holds and compared.holds):
        raise typer.Exit(1)


VERBS = {
    command.__name__: command for command in (query, queries, explain, build, verify, validate, shapes, serve)
}


def application(verbs: list[str]) -> typer.Typer:
    """Return the application with these verbs; each verb that is left out saves a cold start its making."""
    complete = set(verbs) == set(VERBS)
    app = typer.Typer(
        add_completion=complete,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(start)
    for verb in verbs:
        # \b keeps the example from being wrapped, so that it can be copied.
        about = (VERBS[verb].__doc__ or "").replace("    Example:", "    \b\n    Example:")
        app.command(verb, help=about)(VERBS[verb])
    return app


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code; raises `InputError` for a call that is wrong."""
    asked = [verb for verb in VERBS if verb in arguments]
    if "validate" in asked:
        from amcc_kg.cli import validate_direct

        arguments = validate_direct.filled_in(arguments)
    completing = any(name.startswith("_AMCC_COMPLETE") for name in os.environ)
    command = typer.main.get_command(application(list(VERBS) if completing or not asked else asked))
    # typer's name for all errors of a call; its own module has moved between releases.
    usage_error: type[Any] = typer.BadParameter.__mro__[2]
    try:
        code = command.main(arguments, prog_name="amcc", standalone_mode=False)
    except typer.Abort:
        return 130
    except usage_error as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message(), err=True)
            return 2
        context = error.ctx
        where = context.command_path if context else "amcc"
        message = " ".join(error.format_message().split()).rstrip(".")
        raise InputError(f"{message}; see {where} --help") from error
    return code if isinstance(code, int) else 0


def _repository(context: typer.Context) -> Repository:
    from amcc_kg.repository import files as repository

    return repository.find(_folder(context))


def _graph(context: typer.Context, reasoner: str = "rules") -> KnowledgeGraph:
    from amcc_kg.knowledge_graph import open as open_graph

    return open_graph(_folder(context), isolated=True, reasoner=reasoner)
