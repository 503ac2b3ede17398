"""A validation of files: read, evaluated, and what is found put in its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from amcc_kg.repository.files import GraphFile, Repository
from amcc_kg.syntax.reading import Source, Terms
from amcc_kg.terms import keys, prefixes
from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.validation.advice import hints, shape_words
from amcc_kg.validation.components import reader
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.evaluation import Shapes
from amcc_kg.validation.findings.locator import Locator
from amcc_kg.validation.findings.notices import NOTHING_CHECKED, UNMATCHED, Scope, UnvalidatedError
from amcc_kg.validation.findings.report import NOTICES, Finding, Notice, Place, Report, Severity, report
from amcc_kg.validation.inputs import materials
from amcc_kg.validation.inputs.files import Inputs, among, resolve
from amcc_kg.validation.inputs.materials import Material, shown
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph
from amcc_kg.validation.verdict import evaluate

_QUOTE = f"<{prefixes.ONTOLOGY}quote>"


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
        said = _noticed(error.notices, asked)
        raise UnvalidatedError(error.reason, error.at_fault, said, names) from error
    kept = found.findings
    if inputs.partial:
        # What concerns the nodes that the files asked about speak of, and the shapes themselves.
        spoken = scope.spoken()
        kept = tuple(f for f in kept if f.is_notice or terms.ids.get(f.focus_key) in spoken)
    if manner.examples:
        from amcc_kg.validation.examples import illustrations  # only --explain shows examples

        kept = tuple(illustrations.given(kept, read.sources, data, reader.read(shapes)))
    quotes = _quotes_of(inputs.passages, data, inputs.root)
    placed = _placed(kept, (read, data), (asked, shapes), quotes)
    return report(placed, _noticed(found.notices, asked))


def _scope(inputs: Inputs, read: Material, around: Material) -> Scope:
    own = among(inputs.data, inputs.named) if inputs.partial else inputs.data
    documents = (*inputs.data, *inputs.context, *inputs.shapes)
    return Scope(
        tuple(read.rows(set(_names(own, inputs)))),
        frozenset(number for s, _, _ in around.rows() for number in s),
        frozenset(f"<{path.resolve().as_uri()}>" for path in documents),
    )


def _names(files: Iterable[Path], inputs: Inputs) -> list[str]:
    return [shown(path, inputs.root) for path in files]


def _idle(found: Report) -> bool:
    return any(notice.kind == NOTHING_CHECKED for notice in found.notices)


def _without_idleness(found: Report) -> Report:
    findings = [f for f in found.findings if f.component_key != f"{NOTICES}{NOTHING_CHECKED}>"]
    return Report(tuple(findings), tuple(n for n in found.notices if n.kind != NOTHING_CHECKED))


def _placed(
    findings: Sequence[Finding],
    read: tuple[Material, Data],
    asked: tuple[Material, ShapesGraph],
    quotes: Mapping[str, tuple[str, ...]],
) -> list[Finding]:
    """Return the findings with their places.

    `read` are the files that were validated, the ontology's behind the others, and what they say; `asked` the
    files of shapes, and what they say.
    """
    if not findings:
        return []
    material, data = read
    locator = Locator(material.sources)
    shape_locator = Locator(asked[0].sources)
    known = hints.Known(data, asked[1])
    shapes = shape_words.Described(asked[1])
    names = [source.name for source in material.sources] or [name for name, _ in material.unplaced]
    found = []
    for finding in findings:
        place = _place(locator, shape_locator, finding)
        in_shapes = place is not None and place.kind in ("constraint", "shape")
        sources = asked[0].sources if in_shapes else material.sources
        file = place.file if place else _file(data.terms.ids.get(finding.focus_key), material)
        found.append(
            replace(
                finding,
                value_key=_as_written(finding.value_key, place, sources),
                file=file,
                stand_in=names[0] if names else "",
                place=place,
                shape_place=shape_locator.constraint(finding.source_shape_key, finding.component_key[1:-1]),
                excerpt=sources[place.source].lines.line(place.line) if place else "",
                hint=known.hint(finding),
                help=shapes.help(finding.source_shape_key),
                quotes=quotes.get(file, ()),
            )
        )
    return found


def _noticed(notices: Iterable[Notice], asked: Material) -> list[Notice]:
    """Return notices, the warnings with their places in the files of shapes; remarks are not shown."""
    locator = Locator(asked.sources)
    return [
        notice
        if notice.shape_key is None or notice.severity is Severity.INFO
        else notice._replace(place=locator.statement(notice.shape_key, notice.predicate_key, notice.term_key))
        for notice in notices
    ]


def _quotes_of(files: Iterable[GraphFile], data: Data, root: Path | None) -> dict[str, tuple[str, ...]]:
    """Return the quotes of each passage file, by its name in reports, as the data state them."""
    column = data.named(_QUOTE)
    found: dict[str, tuple[str, ...]] = {}
    for file in files:
        number = data.terms.ids.get(f"<{file.graph}>")
        if number is not None:
            quotes = sorted(keys.value(data.terms.keys[value]) for value in column.of(number))
            if quotes:
                found[shown(file.path, root)] = tuple(quotes)
    return found


def _place(locator: Locator, shape_locator: Locator, finding: Finding) -> Place | None:
    component = finding.component_key[1:-1]
    if finding.component_key.startswith(NOTICES):  # the shapes themselves are at fault
        predicate = finding.route if isinstance(finding.route, str) else None
        return shape_locator.statement(finding.focus_key, predicate, finding.value_key)
    return locator.place(finding.focus_key, finding.route, finding.value_key, component)


def _as_written(value: str | None, place: Place | None, sources: Sequence[Source]) -> str | None:
    """Return a value's key with its language tag as the file has it; engines compare tags in lower case."""
    tag = None if value is None else keys.language(value)
    if not value or not tag or place is None:
        return value
    written = sources[place.source].text[place.end - len(tag) : place.end]
    return value[: -len(tag)] + written if written.lower() == tag else value


def _file(focus: int | None, material: Material) -> str:
    """Return the first file without places that describes a node, else the first that speaks of it."""
    for column in (0, 2):
        for name, rows in material.unplaced:
            if focus in rows[column]:
                return name
    return ""
