"""The header of a query file: YAML in leading `#+` lines, checked key by key against what is known.

Runs when the graph is compiled, so that asking need not. Knows places: every complaint has a line.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from amcc_kg.repository.saved_queries import EXPECTED, Parameter, SavedQuery, literal
from amcc_kg.sparql.checks import refuse_outside, syntax_error
from amcc_kg.sparql.prologue import form, head
from amcc_kg.sparql.tokens import Token, tokens
from amcc_kg.syntax.text_files import read_text
from amcc_kg.terms.errors import AmccError, PlacedError
from amcc_kg.terms.lines import LineIndex
from amcc_kg.terms.spelling import nearest

_KEYS = ("title", "question", "tags", "parameters")
_PARAMETER_KEYS = ("name", "type", "default", "allowed", "description")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_QUERY = re.compile(r"\s*(SELECT|PREFIX|BASE)\b", re.IGNORECASE)


def record(path: Path, root: Path) -> dict[str, Any]:
    """Return what the compiled graph keeps of a query file: the query, or the error it holds with its place.

    One badly written file must not keep the others from answering.
    """
    where = {"name": path.stem, "path": path.relative_to(root).as_posix()}
    try:
        said = asdict(read(path, read_text(path)))
    except PlacedError as error:
        return where | {"error": {"line": error.line, "column": error.column, "reason": error.reason}}
    kept = {key: said[key] for key in ("title", "question", "tags", "parameters", "text")}
    loaded: dict[str, Any] = json.loads(json.dumps(kept))  # with lists, as a graph that was kept has them
    return where | loaded


def read(path: Path, text: str) -> SavedQuery:
    """Return the query that a file's text holds; raises `PlacedError` for the first thing wrong with it."""
    if not _NAME.fullmatch(path.stem):
        raise PlacedError(path, 1, None, "the file's name must be lower-case words joined by hyphens")
    checker, node = _compose(path, text)
    fields = checker.mapping(node, _KEYS, "the header")
    for key in _KEYS[:3]:
        if key not in fields:
            raise checker.error(node, f"the header has no {key}")
    parameters: list[Parameter] = []
    places: dict[str, int] = {}
    for item in checker.items(fields["parameters"], "parameters") if "parameters" in fields else []:
        parameter = checker.parameter(item)
        if parameter.name in places:
            raise checker.error(item, f"the parameter {parameter.name} is there twice")
        places[parameter.name] = checker.place(item.start_mark)[0]
        parameters.append(parameter)
    _check_query(path, text, places)
    return SavedQuery(
        path.stem,
        path,
        text,
        checker.text(fields["title"], "title"),
        checker.text(fields["question"], "question"),
        tuple(checker.text(item, "a tag") for item in checker.items(fields["tags"], "tags")),
        tuple(parameters),
    )


def _compose(path: Path, text: str) -> tuple[_Checker, yaml.Node]:
    """Return the header as a YAML node, and what knows the places of its parts."""
    index = LineIndex(text)
    lines = [index.line(number) for number in range(1, len(index.starts) + 1)]
    first = next((i for i, line in enumerate(lines) if line.startswith("#+")), None)
    if first is None or any(line.strip() and not line.startswith("#") for line in lines[:first]):
        raise PlacedError(path, 1, None, "a saved query starts with a header of `#+ key: value` lines")
    written = takewhile(lambda line: line.startswith("#+"), lines[first:])
    header = "\n".join(line[2:].removeprefix(" ") for line in written)
    checker = _Checker(path, LineIndex(header), first + 1)
    try:
        node = yaml.compose(header, yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark, reason = getattr(error, "problem_mark", None), getattr(error, "problem", error)
        line = checker.place(mark)[0] if mark else first + 1
        raise PlacedError(path, line, None, f"the header is not YAML: {reason}") from error
    if node is None:
        raise PlacedError(path, first + 1, None, "the header is empty")
    return checker, node


class _Checker(NamedTuple):
    """Reads YAML nodes of one header; holds what its errors name: the file, and the lines in it."""

    path: Path
    lines: LineIndex
    first: int

    def place(self, mark: yaml.Mark) -> tuple[int, int]:
        # By the offset: YAML has more characters that end a line.
        line, column = self.lines.place(mark.index)
        return self.first + line - 1, column + len("#+ ")

    def error(self, node: yaml.Node, reason: str) -> PlacedError:
        return PlacedError(self.path, *self.place(node.start_mark), reason)

    def mapping(self, node: yaml.Node, known: tuple[str, ...], what: str) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self.error(node, f"{what} must be `key: value` lines")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self.text(key, "a key")
            if name not in known:
                hint = nearest(name, known) or f"; known are {', '.join(known)}"
                raise self.error(key, f"{what} has an unknown key {name!r}{hint}")
            if name in found:
                raise self.error(key, f"{what} has {name} twice")
            found[name] = value
        return found

    def items(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.error(node, f"{what} must be a list")
        return list(node.value)

    def text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            raise self.error(node, f"{what} must be text")
        return str(node.value).strip()

    def parameter(self, node: yaml.Node) -> Parameter:
        fields = self.mapping(node, _PARAMETER_KEYS, "a parameter")
        for key in ("name", "type"):
            if key not in fields:
                raise self.error(node, f"the parameter has no {key}")
        name, type_ = self.text(fields["name"], "name"), self.text(fields["type"], "type")
        if not _VARIABLE.fullmatch(name):
            raise self.error(fields["name"], f"{name!r} is not the name of a variable")
        if type_ not in EXPECTED:
            reason = f"unknown type {type_!r}{nearest(type_, EXPECTED)}; known are {', '.join(EXPECTED)}"
            raise self.error(fields["type"], reason)
        description = self.text(fields["description"], "description") if "description" in fields else ""
        default = self.text(fields["default"], "default") if "default" in fields else None
        allowed = self.allowed(fields["allowed"], type_) if "allowed" in fields else None
        if default is not None:
            self.well_typed(fields["default"], type_, default)
        return Parameter(name, type_, default, allowed, description)

    def allowed(self, node: yaml.Node, type_: str) -> tuple[str, ...] | str:
        if isinstance(node, yaml.ScalarNode):
            query = self.text(node, "allowed")
            if not _QUERY.match(query):
                raise self.error(node, "allowed must be a list of values or a SELECT query")
            try:
                _parse(query, "allowed")
            except AmccError as error:
                raise self.error(node, f"the query for allowed values: {error}") from error
            return query
        values = self.items(node, "allowed")
        return tuple(self.well_typed(item, type_, self.text(item, "an allowed value")) for item in values)

    def well_typed(self, node: yaml.Node, type_: str, text: str) -> str:
        if type_ != "term":  # a term may be a label, which only the graph knows
            try:
                literal(type_, text)
            except ValueError as error:
                raise self.error(node, f"{text!r} is not {error}") from error
        return text


def _check_query(path: Path, text: str, parameters: dict[str, int]) -> None:
    """Hold a SPARQL text to the rules for saved queries: named columns, a fixed order, parameters in use."""
    projected = _parse(text, str(path))
    found = list(tokens(text))
    del found[: head(found).size]
    lines = LineIndex(text)
    for name, at in parameters.items():
        if not any(t.kind == "variable" and t.text[1:] == name for t in found):
            raise PlacedError(path, at, None, f"the query does not use its parameter {name}")
    if form(text) != "SELECT":
        return
    words = [t for t in found if t.kind == "word"]
    subqueries = [t for t in words if t.text.upper() == "SELECT" and _depth(found, t)]
    for first, second in pairwise(found):
        if first.text.upper() in ("SELECT", "DISTINCT", "REDUCED") and second.text == "*":
            line = lines.place(second.start)[0]
            raise PlacedError(path, line, None, "SELECT * leaves the columns to chance; name them")
    if not any(t.text.upper() == "ORDER" and _depth(found, t) == 0 for t in words):
        raise PlacedError(path, lines.place(found[0].start)[0], None, "a saved SELECT needs an ORDER BY")
    for name, at in parameters.items():
        if name not in projected:
            raise PlacedError(path, at, None, f"the parameter {name} must be one of the SELECTed variables")
        for select in subqueries:
            if not _projects(found, select, name):
                reason = f"this subquery uses the parameter {name} and must SELECT it"
                raise PlacedError(path, lines.place(select.start)[0], None, reason)


def _parse(text: str, source: str) -> set[str]:
    """Let the engine parse a query; return the names of the variables it projects."""
    from pyoxigraph import QuerySolutions, Store

    refuse_outside(text, source, lambda _: True)
    try:
        answer = Store().query(text)
    except SyntaxError as error:
        raise syntax_error(text, source, error) from error
    return {v.value for v in answer.variables} if isinstance(answer, QuerySolutions) else set()


def _depth(found: list[Token], until: Token) -> int:
    before = [t.text for t in found if t.start < until.start]
    return before.count("{") - before.count("}")


def _projects(found: list[Token], select: Token, name: str) -> bool:
    """Tell whether a subquery SELECTs a variable or has no use for it."""
    inside, heading, depth = False, True, 0
    for token in (t for t in found if t.start > select.start):
        depth += (token.text == "{") - (token.text == "}")
        if depth < 0:
            break
        heading = heading and token.text != "{" and token.text.upper() != "WHERE"
        if token.kind == "variable" and token.text[1:] == name:
            if heading:
                return True
            inside = True
    return not inside
