"""A validation of files: read, evaluated, and what is found put in its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from amcc_kg.repository.files import Repository
from amcc_kg.syntax.reading import Terms
from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.validation.components import reader
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.evaluation import Shapes
from amcc_kg.validation.findings.notices import NOTHING_CHECKED, UNMATCHED, Scope, UnvalidatedError
from amcc_kg.validation.findings.report import NOTICES, Report, report
from amcc_kg.validation.inputs import materials, places
from amcc_kg.validation.inputs.files import Inputs, among, resolve
from amcc_kg.validation.inputs.materials import Material
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph
from amcc_kg.validation.verdict import evaluate


class Manner(NamedTuple):
    """How to validate.

    Attributes:
        engine: one of `amcc_kg.validation.ENGINES`.
        strict: whether what the verdict does not cover is itself a finding.
        jobs: the number of processes to use at most.
        examples: whether each finding also gets an example of what passes.
    """

    engine: str = "columns"
    strict: bool = False
    jobs: int = 1
    examples: bool = False


def validate_paths(
    repository: Repository | None,
    paths: Sequence[Path] = (),
    shapes: Sequence[Path] = (),
    ontology: Sequence[Path] = (),
) -> Report:
    """Validate what `resolve` makes of these, as `check`; raises `PlacedError` for the first syntax error."""
    found = check(resolve(repository, paths, shapes, ontology))
    if found.unreadable:
        first = found.findings[0]
        raise PlacedError(first.file, first.line or 0, first.column, first.message)
    return found


def check(inputs: Inputs, manner: Manner | None = None) -> Report:
    """Return the findings; only the syntax errors, all of them, if there are any.

    Raises:
        InputError: a file cannot be read, or the shapes hold no shape.
        UnvalidatedError: nothing was found because nothing was looked at.
    """
    manner = manner or Manner()
    texts: materials.Texts = {}
    found = _against(inputs, manner, texts)
    ontology = inputs.of_ontology()
    if ontology is not None and not found.unreadable:  # data alone passes there
        more = _against(ontology, manner, texts)
        if not (_idle(found) and _idle(more)):  # what the one looks at, the other need not
            found, more = _without_idleness(found), _without_idleness(more)
        found += more
    if _idle(found) and not found.unreadable and all(finding.is_notice for finding in found.findings):
        raise _unvalidated(found, inputs)
    return found


def _unvalidated(found: Report, inputs: Inputs) -> UnvalidatedError:
    """Return the error of a validation that has looked at nothing."""
    if inputs.shapes_named:
        whose, at_fault, files = "any shape", "shapes", inputs.shapes
    else:
        whose, at_fault, files = "the repository's shapes", "data", inputs.named or inputs.data
    # Of shapes that somebody has written, all is said.
    said = [n for n in found.notices if inputs.shapes_named or n.kind not in UNMATCHED]
    reason = f"no target of {whose} matches a node of the data; nothing was validated"
    others = [notice for notice in said if notice.kind != NOTHING_CHECKED]
    return UnvalidatedError(reason, at_fault, others, _names(files, inputs))


def read(data: Sequence[Path], shapes: Sequence[Path]) -> tuple[Data, Shapes]:
    """Return what files of data and of shapes say; raises `InputError` for the first that does not parse."""
    terms = Terms()
    whole, graph = Data(terms), ShapesGraph(terms)
    for target, paths, label in ((graph, shapes, "s"), (whole, data, "f")):
        material = materials.read(paths, terms, label, {})
        for problem in material.problems():
            raise InputError(f"{problem.where}: {problem.message}")
        for rows in material.rows():
            target.add(*rows)
    return whole, reader.read(graph)


def _against(inputs: Inputs, manner: Manner, texts: materials.Texts) -> Report:
    """Validate data and context against shapes; syntax errors are all that is found if there are any."""
    terms = Terms()
    read, around, asked = (
        materials.read(files, terms, label, texts, inputs.root, inputs.syntax)
        for files, label in ((inputs.data, "f"), (inputs.context, "o"), (inputs.shapes, "s"))
    )
    scope = _scope(inputs, read, around)
    read += around
    if problems := [*read.problems(), *asked.problems()]:
        return report(problems)
    data, shapes = Data(terms), ShapesGraph(terms)
    for rows in read.rows():
        data.add(*rows)
    for rows in asked.rows():
        shapes.add(*rows)
    try:
        found = evaluate(
            data, shapes, engine=manner.engine, strict=manner.strict, jobs=manner.jobs, scope=scope
        )
    except UnvalidatedError as error:
        names = _names(inputs.data if error.at_fault == "data" else inputs.shapes, inputs)
        said = places.noticed(error.notices, asked)
        raise UnvalidatedError(error.reason, error.at_fault, said, names) from error
    kept = found.findings
    if inputs.partial:
        # What concerns the nodes that the files asked about speak of, and the shapes themselves.
        spoken = scope.spoken()
        kept = tuple(f for f in kept if f.is_notice or terms.ids.get(f.focus_key) in spoken)
    if manner.examples:
        from amcc_kg.validation.examples import illustrations  # only --explain shows examples

        kept = tuple(illustrations.given(kept, read.sources, data, reader.read(shapes)))
    quotes = places.quotes_of(inputs.passages, data, inputs.root)
    placed = places.placed(kept, (read, data), (asked, shapes), quotes)
    return report(placed, places.noticed(found.notices, asked))


def _scope(inputs: Inputs, read: Material, around: Material) -> Scope:
    own = among(inputs.data, inputs.named) if inputs.partial else inputs.data
    documents = (*inputs.data, *inputs.context, *inputs.shapes)
    return Scope(
        tuple(read.rows(set(_names(own, inputs)))),
        frozenset(number for s, _, _ in around.rows() for number in s),
        frozenset(f"<{path.resolve().as_uri()}>" for path in documents),
    )


def _names(files: Iterable[Path], inputs: Inputs) -> list[str]:
    return [materials.shown(path, inputs.root) for path in files]


def _idle(found: Report) -> bool:
    return any(notice.kind == NOTHING_CHECKED for notice in found.notices)


def _without_idleness(found: Report) -> Report:
    findings = [f for f in found.findings if f.component_key != f"{NOTICES}{NOTHING_CHECKED}>"]
    return Report(tuple(findings), tuple(n for n in found.notices if n.kind != NOTHING_CHECKED))
