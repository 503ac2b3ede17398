"""The one reader of the command line: the table of the verbs, and how words become the call of one.

What options a verb has and what it does stands in the module of its name, which is imported when it is
called: no verb, and no help, pays for the others.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand

from amcc_kg.cli.options import Repo
from amcc_kg.terms.errors import InputError
from amcc_kg.terms.version import __version__


class Verb(NamedTuple):
    """What help says of a verb."""

    about: str
    example: str


VERBS = {
    "query": Verb(
        "Answer a saved query or a SPARQL query from the graph.",
        'query commitments-by-status -p status="under consideration" --format csv',
    ),
    "queries": Verb("List the saved queries with their questions and parameters.", "queries --format json"),
    "explain": Verb(
        "Tell why a triple holds, rule by rule down to the passages; if it does not, what is nearest.",
        "explain person:s-iswaran amcc:affiliatedWith body:singapore",
    ),
    "build": Verb("Compile the graph and write the downloads.", "build --out downloads"),
    "verify": Verb(
        "Hold quotes and triples against their sources, and what was inferred against a second reasoner.",
        "verify",
    ),
    "validate": Verb(
        "Check data against shapes, and say which line is wrong and why.",
        "validate data/register --format text",
    ),
    "shapes": Verb(
        "Show what a shapes graph asks for, and what of it the data puts to the test.", "shapes coverage"
    ),
    "serve": Verb(
        "Serve the graph: a SPARQL endpoint, linked data and web pages on one port.", "serve --port 8080"
    ),
}
"""The verbs, in the order in which help lists them."""


class _Uncalled(TyperCommand):
    """Stands for a verb that is known by name; what is called is the verb itself."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **more: Any) -> Any:
        return command(str(self.name)).make_context(info_name, args, parent=parent, **more)


def command(name: str) -> Any:
    """Return a verb as typer calls it, its module imported."""
    module = import_module(f"amcc_kg.cli.{name}")
    alone = _typer()
    alone.command(name, cls=getattr(module, "Command", TyperCommand), help=_help(*VERBS[name]))(
        getattr(module, name)
    )
    return typer.main.get_command(alone)


def application() -> Any:
    """Return the command line as typer calls it, with all verbs."""
    whole = _typer(add_completion=True, no_args_is_help=True)
    about = "Question a knowledge graph in which every answer shows the sentence it rests on."
    whole.callback(help=_help(about, "query who-chaired"))(_start)
    for name, verb in VERBS.items():
        whole.command(name, cls=_Uncalled, short_help=verb.about)(_uncalled)
    return typer.main.get_command(whole)


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code; raises `InputError` for a call that is wrong."""
    whole = application()
    if "_AMCC_COMPLETE" in os.environ:
        whole.main(prog_name="amcc")
    # The base of typer's errors of a call; its own module has moved between releases.
    usage_error: type[Any] = typer.BadParameter.__mro__[2]
    try:
        # Not `main`, which has its own mind about pipes that break and keys that interrupt.
        with whole.make_context("amcc", list(arguments)) as context:
            return whole.invoke(context) or 0
    except typer.Exit as end:
        return end.exit_code
    except usage_error as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message(), err=True)
            return 2
        where = error.ctx.command_path if error.ctx else "amcc"
        message = " ".join(error.format_message().split()).rstrip(".")
        raise InputError(f"{message}; see {where} --help") from error


def _typer(**more: Any) -> typer.Typer:
    more = {"add_completion": False} | more
    return typer.Typer(
        rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}, **more
    )


def _help(about: str, example: str) -> str:
    # \b keeps the example from being wrapped, so that it can be copied.
    return f"{about}\n\n\b\nExample: amcc {example}"


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"amcc {__version__}")
        raise typer.Exit


def _start(
    repo: Repo = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Take what is given before the verb, whose options look it up."""


def _uncalled() -> None:
    """Stand for what a verb does."""
