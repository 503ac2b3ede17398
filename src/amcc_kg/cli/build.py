"""`amcc build`: the graph compiled, and the downloads made of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from amcc_kg import evidence
from amcc_kg.cli.dataset import meant
from amcc_kg.cli.options import Repo, choice, flag, value
from amcc_kg.cli.streams import put
from amcc_kg.graph import compiler
from amcc_kg.graph.written_forms import WrittenForms
from amcc_kg.knowledge_graph import open as open_graph
from amcc_kg.publishing import downloads
from amcc_kg.reasoning.closure import OWLRL, RULES
from amcc_kg.repository.files import Repository
from amcc_kg.terms.errors import AmccError
from amcc_kg.validation.inputs.check import check
from amcc_kg.validation.inputs.files import resolve


def build(
    out: Annotated[
        Path, value("The folder that the downloads go to; made if it is not there.", "DIR")
    ] = Path("downloads"),
    reasoner: Annotated[
        str, choice((RULES, OWLRL), "What closes the graph: this program's rules, or owlrl.")
    ] = RULES,
    replace: Annotated[bool, flag("Replace downloads of another dataset, too.", "--replace")] = False,
    quiet: Annotated[bool, flag("Do not say what was written.", "--quiet", "-q")] = False,
    repo: Repo = None,
) -> None:
    """Compile and write; raises `PlacedError` for a file or a saved query that is not well written."""
    graph = open_graph(meant(repo).root, reasoner=reasoner)
    graph.queries()  # raises for a saved query that is not well written
    inferred = compiler.inferred_triples(graph.compiled)
    dataset = graph.repository.dataset()
    written = downloads.write_downloads(dataset, inferred, graph.repository, out, replace=replace)
    for said in (str(WrittenForms(graph.compiled.rewritten)), *_faults(graph.repository)):
        if said:
            print(said, file=sys.stderr)
    if not quiet:
        put(f"{len(written)} files in {out}\n")


def _faults(repository: Repository) -> Iterator[str]:
    """Yield what `amcc verify` and `amcc validate` would say of what was published, if it is not all well."""
    if problems := evidence.verify(repository).problems:
        yield f"amcc verify would find {len(problems)} problem(s), the first: {problems[0]}"
    try:
        findings = check(resolve(repository)).findings
    except AmccError as error:
        yield f"amcc validate would fail: {error}"
        return
    if findings:
        first = f"{findings[0].file}:{findings[0].line}: {findings[0].message}"
        yield f"amcc validate would find {len(findings)} finding(s), the first: {first}"
