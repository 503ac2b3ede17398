"""A shapes graph as a table: what each shape is about, what it asks for, and how it fares on the data."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from amcc_kg.terms.errors import InputError
from amcc_kg.validation.advice import Described
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.evaluation import Evaluator, Shapes
from amcc_kg.validation.examples.illustrations import Illustrator
from amcc_kg.validation.examples.mutations import coverage, mutate
from amcc_kg.validation.findings.spelling import spelt
from amcc_kg.validation.shapes.vocabulary import sh

_MARKS = {ord(mark): f"&#{ord(mark)};" for mark in "|\\`*_[]~"} | {ord(mark): escape(mark) for mark in "&<>"}


class Table(NamedTuple):
    """The names of the columns, the rows, a line that sums up, and whether all is well."""

    names: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    end: str
    well: bool = True


def table(kind: str, data: Data, shapes: Shapes) -> Table:
    """Return the table of that kind: `document`, `coverage` or `mutate`.

    Raises `InputError` if there is no shape, or to `mutate`, no node to look at.
    """
    if not len(shapes):
        raise InputError("the shapes graph holds no shape")
    if kind == "document":
        return _document(shapes)
    return _coverage(data, shapes) if kind == "coverage" else _mutate(data, shapes)


def _document(shapes: Shapes) -> Table:
    graph, said, by_example = shapes.graph, Described(shapes.graph), Illustrator(shapes)
    above: dict[int, list[str]] = {}
    for subject, value in graph.pairs(sh("property")):
        above.setdefault(value, []).append(_name(shapes, subject))
    rows = []
    for shape in shapes:
        number, (passes, failing) = shape.number, by_example.illustrated(shape)
        about = [*said.targets(number), *(f"part of {name}" for name in above.get(number, ()))]
        severity = (spelt(graph.key(value)) for value in graph.objects(number, sh("severity")))
        words = (said.comment(number), ", ".join(severity), shape.message or "")
        fails = "\n".join(f"{name}: {text}" if len(failing) > 1 else text for name, text in failing)
        asked = ("; ".join(said.constraints(number)), *(" ".join(text.split()) for text in words))
        rows.append((_name(shapes, number), ", ".join(about), *asked, passes, fails))
    names = ("shape", "about", "asks", "why", "severity", "message", "passes", "fails")
    return Table(names, sorted(rows), f"{len(rows)} shapes")


def _coverage(data: Data, shapes: Shapes) -> Table:
    found = coverage(Evaluator(data, shapes))
    rows = []
    for c in found:
        remark = "" if c.could_fail else "could not fail on this data"
        rows.append((_name(shapes, c.shape.number), c.component, str(len(c.foci)), str(c.values), remark))
    idle = sum(not c.could_fail for c in found)
    end = f"{_constraints(len(found))}, {idle} of which could not fail on this data"
    return Table(("shape", "constraint", "focus nodes", "values", "remark"), rows, end, not idle)


def _mutate(data: Data, shapes: Shapes) -> Table:
    found = mutate(data, shapes)
    if not any(c.foci for c, _ in found):
        raise InputError("no constraint has a node of the data to look at; nothing was tried")
    rows = []
    for c, mutation in found:
        outcome = mutation or ("NOTHING TRIED MADE IT FAIL" if c.foci else "NO NODE TO LOOK AT")
        rows.append((_name(shapes, c.shape.number), c.component, outcome))
    alive = sum(not mutation for _, mutation in found)
    end = f"{_constraints(len(found))}, {len(found) - alive} made to fail"
    if idle := sum(not c.foci for c, _ in found):
        end += f", {idle} without a node to look at"
    return Table(("shape", "constraint", "fails when"), rows, end, not alive)


def _constraints(number: int) -> str:
    return f"{number} constraint{'s' * (number != 1)}"


def _name(shapes: Shapes, number: int) -> str:
    graph = shapes.graph
    key = graph.key(number)
    if key[0] != "_":
        return spelt(key)
    owners = map(graph.key, graph.subjects(sh("property"), number))
    owner = next((spelt(owner) for owner in owners if owner[0] == "<"), "")
    path = Described(graph).path(number)
    return " / ".join(part for part in (owner, path) if part) or "a shape without a name"


def as_text(found: Table) -> str:
    """Return a table as lines with a blank between, a record a shape."""
    width = max(map(len, found.names))
    indent = "\n" + " " * (width + 2)
    records = []
    for row in found.rows:
        cells = zip(found.names, row, strict=True)
        said = [f"{name:{width}}  {indent.join(cell.split(chr(10)))}" for name, cell in cells if cell]
        records.append("\n".join(said))
    return "\n\n".join([*records, found.end]) + "\n"


def as_markdown(found: Table) -> str:
    """Return a table in GitHub's Markdown."""
    lines = [f"| {' | '.join(found.names)} |", "|" + "---|" * len(found.names)]
    lines += [f"| {' | '.join(map(_cell, row))} |" for row in found.rows]
    return "\n".join([*lines, "", found.end]) + "\n"


def _cell(text: str) -> str:
    # Turtle is full of what Markdown takes for emphasis, links and escapes.
    lines = (" ".join(line.split()).translate(_MARKS) for line in text.splitlines())
    return "<br>".join(line for line in lines if line)


def as_html(found: Table) -> str:
    """Return a table as one page that needs nothing else."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in found.names)
    cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in found.rows)
    body = "\n".join(f"<tr>{row}</tr>" for row in cells)
    style = (
        "body{font:1rem/1.5 system-ui;margin:2rem}"
        "td,th{padding:.2rem .6rem;text-align:left;vertical-align:top}td{white-space:pre-line}"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Shapes</title>'
        f"<style>{style}</style></head>\n<body>\n<h1>Shapes</h1>\n<table>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>\n<p>{escape(found.end)}</p>\n</body>\n</html>\n"
    )
