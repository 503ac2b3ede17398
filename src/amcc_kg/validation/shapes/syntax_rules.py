"""The syntax rules of shapes graphs (SHACL appendix A): which values each parameter may have, and how many.

A table says it, `parameters.txt`; what needs more than the values themselves stands below. What reading a
shape has run into besides counts as well. Knows a shapes graph and no data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from amcc_kg.terms import keys as term_keys
from amcc_kg.terms.prefixes import XSD
from amcc_kg.validation.shapes import literals, order, property_paths
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.shapes_graph import Flaw, IllFormed, ShapesGraph, Unreadable, closure
from amcc_kg.validation.shapes.vocabulary import NODE_KINDS, sh


def _is_boolean(key: str) -> bool:
    return literals.conforms(key, f"{XSD}boolean")


def _is_count(key: str) -> bool:
    return literals.conforms(key, f"{XSD}integer") and order.whole(term_keys.value(key)) >= 0


_KINDS: dict[str, tuple[Callable[[str], bool], str]] = {
    "any": (bool, ""),
    "boolean": (_is_boolean, "that is neither true nor false"),
    "count": (_is_count, "that is no xsd:integer of at least 0"),
    "IRI": (term_keys.is_iri, "that is no IRI"),
    "kind": (NODE_KINDS.__contains__, "that is no node kind"),
    "literal": (lambda key: key[0] == '"', "that is no literal"),
    "message": (lambda key: literals.plain(key) or bool(term_keys.language(key)), "that is no text"),
    "path": (bool, ""),
    "shape": (lambda key: key[0] != '"', "that is a literal, and no shape"),
    "term": (lambda key: key[0] != "_", "that is a blank node"),
    "text": (literals.plain, "that is no xsd:string"),
    "truth": (lambda key: key[:2] in ('"t', '"f') and _is_boolean(key), "that is neither true nor false"),
}
"""Whether a key is of a kind, and what is said of one that is not."""


class Rule(NamedTuple):
    """What the values of a parameter may be, or the members of each if they are lists; and how many."""

    fits: Callable[[str], bool]
    wording: str
    of_lists: bool
    several: bool
    of_property_shapes: bool


def _rules() -> Iterator[tuple[str, Rule]]:
    for line in Path(__file__).with_name("parameters.txt").read_text("utf-8").splitlines():
        if line and line[0] != "#":
            name, kind, *more = line.split()
            kinds = _KINDS[kind.strip("()")]
            yield name, Rule(*kinds, kind[0] == "(", "several" in more, "property" in more)


RULES = dict(_rules())
RULED = {sh(name): name for name in RULES}
# The others say something of shapes, and of other things too.
_MAKING = [sh(name) for name in RULES if name not in ("path", "severity", "message", "deactivated")]


def flaws(graph: ShapesGraph, shapes: Mapping[int, Flaw | None]) -> Iterator[Flaw]:
    """Yield each breach of a syntax rule, those of a shape together.

    `shapes` are the nodes that are shapes, each with what reading it has run into.
    """
    making = {graph.number(key) for key in _MAKING}
    others = {n for n in graph.described() if not making.isdisjoint(graph.predicates(n))}
    for node in sorted(others.union(shapes)):
        found = list(_of_node(graph, node))
        yield from found
        flaw = shapes.get(node)
        # What reading ran into without knowing the place is most often what the table has just said.
        if flaw is not None and (flaw.predicate is not None or not found):
            yield flaw
    for name in ("shapesGraph", "entailment"):
        for subject, value in graph.pairs(sh(name)):
            if not term_keys.is_iri(graph.key(value)):
                yield Flaw(subject, subject, sh(name), value, f"a value of sh:{name} that is no IRI")


def _of_node(graph: ShapesGraph, node: int) -> Iterator[Flaw]:
    """Yield what is wrong with a shape by itself."""
    key = graph.key(node)
    if key[0] == '"':
        return  # said where it is named
    has_path = bool(graph.objects(node, sh("path")))
    for predicate in graph.predicates(node):
        name = RULED.get(graph.key(predicate))
        if name is not None:
            yield from _of_values(graph, node, name, graph.objects(node, sh(name)))
            if not has_path and RULES[name].of_property_shapes:
                yield Flaw(node, node, sh(name), None, f"sh:{name} on a node shape")
    yield from _of_references(graph, node)
    kinds = {graph.key(kind) for kind in graph.objects(node, names.TYPE)}
    if key[0] == "_" and names.CLASS in kinds and kinds & {sh("NodeShape"), sh("PropertyShape")}:
        yield Flaw(node, node, names.TYPE, None, "a shape that is a class is no IRI")


def _of_references(graph: ShapesGraph, node: int) -> Iterator[Flaw]:
    """Yield the values of `sh:property` that are no property shapes, and of two others those that are."""
    for name, wanted, wording in (
        ("node", False, "that has a sh:path, and so is no node shape"),
        ("reifierShape", False, "that has a sh:path, and so is no node shape"),
        ("property", True, "that has no sh:path, and so is no property shape"),
    ):
        for value in graph.objects(node, sh(name)):
            if bool(graph.objects(value, sh("path"))) is not wanted and graph.key(value)[0] != '"':
                yield Flaw(node, node, sh(name), value, f"a value of sh:{name} {wording}")


def _of_values(graph: ShapesGraph, node: int, name: str, values: list[int]) -> Iterator[Flaw]:
    rule = RULES[name]
    if len(values) > 1 and not rule.several:
        yield Flaw(node, node, sh(name), values[1], f"several values of sh:{name}")
    for value in values:
        if rule.of_lists:
            yield from _of_list(graph, node, name, value)
        elif not rule.fits(graph.key(value)):
            yield Flaw(node, node, sh(name), value, f"a value of sh:{name} {rule.wording}")
        elif name == "path":
            yield from _of_path(graph, node, value)


def _of_list(graph: ShapesGraph, node: int, name: str, head: int) -> Iterator[Flaw]:
    try:
        members = graph.items(head)
    except IllFormed:
        yield Flaw(node, node, sh(name), head, f"a value of sh:{name} that is no well-formed list")
        return
    for member in members:
        if not RULES[name].fits(graph.key(member)):
            yield Flaw(node, node, sh(name), member, f"a member of sh:{name} {RULES[name].wording}")


def _of_path(graph: ShapesGraph, node: int, path: int) -> Iterator[Flaw]:
    if term_keys.is_iri(graph.key(path)):
        return
    try:
        property_paths.read(graph, path)
    except IllFormed as error:
        yield Flaw(node, node, sh("path"), path, str(error))
        return
    except Unreadable:
        pass
    for step in _steps(graph, path):
        if graph.key(step)[0] == '"':
            yield Flaw(node, node, sh("path"), step, "a literal is no path")
        # SHACL section 2.3.1: such a node is the subject of exactly one triple.
        elif graph.key(step)[0] == "_" and (more := _too_much(graph, step)):
            yield Flaw(node, step, more, None, f"a path of which {more} is said as well")


def _too_much(graph: ShapesGraph, step: int) -> str | None:
    said = [graph.key(predicate) for predicate in graph.predicates(step)]
    paths = {sh(name) for name in property_paths.SIGNS}
    if graph.objects(step, names.FIRST):
        return next((key for key in said if key in paths), None)
    return next((key for key in said if key not in paths), None) if len(said) > 1 else None


def _steps(graph: ShapesGraph, path: int) -> Iterable[int]:
    """Return the nodes that a path is made of, itself among them; a list stands for its members."""

    def below(node: int) -> Iterator[int]:
        with suppress(IllFormed):
            if graph.objects(node, names.FIRST):
                yield from graph.items(node)
            for name in property_paths.SIGNS:
                for value in graph.objects(node, sh(name)):
                    yield from graph.items(value) if name == "alternativePath" else [value]

    return closure([path], below)
