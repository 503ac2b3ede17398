"""Findings get their places: in the data, in the shapes, with the line they stand in and a hint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from amcc_kg.repository.files import GraphFile
from amcc_kg.syntax.reading import Source
from amcc_kg.terms import keys, prefixes
from amcc_kg.validation.advice import hints, shape_words
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.findings.locator import Locator
from amcc_kg.validation.findings.report import NOTICES, Finding, Notice, Place, Severity
from amcc_kg.validation.inputs.materials import Material, shown
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph

Quotes = dict[str, tuple[str, ...]]
"""For the file of a passage, the words of the source text that the passage quotes."""

_QUOTE = f"<{prefixes.ONTOLOGY}quote>"


def placed(
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
                excerpt=_excerpt(place, sources),
                hint=known.hint(finding),
                help=shapes.help(finding.source_shape_key),
                quotes=quotes.get(file, ()),
            )
        )
    return found


def noticed(notices: Iterable[Notice], asked: Material) -> list[Notice]:
    """Return notices, the warnings with their places in the files of shapes; remarks are not shown."""
    locator = Locator(asked.sources)
    return [
        notice
        if notice.shape_key is None or notice.severity is Severity.INFO
        else notice._replace(place=locator.statement(notice.shape_key, notice.predicate_key, notice.term_key))
        for notice in notices
    ]


def quotes_of(files: Iterable[GraphFile], data: Data, root: Path | None) -> Quotes:
    """Return the quotes of each passage file, by its name in reports, as the data state them."""
    column = data.named(_QUOTE)
    found: Quotes = {}
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


def _excerpt(place: Place | None, sources: Sequence[Source]) -> str:
    return sources[place.source].line(place.line) if place else ""


def _file(focus: int | None, material: Material) -> str:
    """Return the first file without places that describes a node, else the first that speaks of it."""
    for column in (0, 2):
        for name, rows in material.unplaced:
            if focus in rows[column]:
                return name
    return ""
