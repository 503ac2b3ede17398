"""`amcc build`: the graph compiled, and the downloads made of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from amcc_kg.cli.options import Repo, choice, flag, value
from amcc_kg.cli.streams import put
from amcc_kg.graph import compiler
from amcc_kg.graph.written_forms import WrittenForms
from amcc_kg.knowledge_graph import open as open_graph
from amcc_kg.publishing import downloads
from amcc_kg.reasoning.closure import OWLRL, RULES


def build(
    out: Annotated[
        Path, value("The folder that the downloads go to; made if it is not there.", "DIR")
    ] = Path("downloads"),
    reasoner: Annotated[
        str, choice((RULES, OWLRL), "What closes the graph: this program's rules, or owlrl.")
    ] = RULES,
    quiet: Annotated[bool, flag("Do not say what was written.", "--quiet", "-q")] = False,
    repo: Repo = None,
) -> None:
    """Compile and write; raises `PlacedError` for a file or a saved query that is not well written."""
    graph = open_graph(repo, reasoner=reasoner)
    graph.queries()  # raises for a saved query that is not well written
    inferred = compiler.inferred_triples(graph.compiled)
    written = downloads.write_downloads(graph.repository.dataset(), inferred, graph.repository, out)
    if said := str(WrittenForms(graph.compiled.rewritten)):
        print(said, file=sys.stderr)
    if not quiet:
        put(f"{len(written)} files in {out}\n")
