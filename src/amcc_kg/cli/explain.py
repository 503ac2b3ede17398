"""`amcc explain`: which triple, and how the explanation of it is written."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from amcc_kg.cli.dataset import meant
from amcc_kg.cli.options import Output, Repo, choice, flag, whole
from amcc_kg.cli.streams import put
from amcc_kg.explain.explanation import FORMATS, ONLY_PROOFS
from amcc_kg.knowledge_graph import open as open_graph
from amcc_kg.reasoning.proofs import BOUND


def explain(
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
        bool, flag("Give every minimal proof up to the bound, not only the smallest.", "--all")
    ] = False,
    bound: Annotated[int, whole("With --all: the rules and leaves that a proof may have.", 1)] = BOUND,
    format: Annotated[str, choice(FORMATS, "How to write it.")] = "text",
    output: Output = None,
    repo: Repo = None,
) -> int:
    """Write the explanation; return 0 if the triple holds and 1 if not. Raises `InputError`.

    A format that shows proofs only gets none of what is said where there is no proof: that goes to standard
    error, and no file is written.
    """
    graph = open_graph(meant(repo).root)
    found = graph.explain(subject, predicate, object, all_proofs=every, bound=bound)
    if not found.holds and format in ONLY_PROOFS:
        print(found.to_string(), end="", file=sys.stderr)
        return 1
    put(found.to_string(format), output)
    if found.remark and format in ONLY_PROOFS:
        print(found.remark, file=sys.stderr)
    return 0 if found.holds else 1
