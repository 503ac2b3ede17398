"""What a verdict does not cover, so that nothing passes in silence.

A shapes graph with a slip in it is not refused by SHACL: a misspelt `sh:minCuont` is just another property, a
target that matches nothing is satisfied. Each such thing is a notice: what is wrong with the shapes
themselves, and what of them the data leave untouched. Knows data, shapes and whose verdict it is; no files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from amcc_kg.terms import keys
from amcc_kg.terms.errors import InputError
from amcc_kg.terms.prefixes import OWL, RDF, RDFS, XSD
from amcc_kg.terms.spelling import NamesBySpace, nearest
from amcc_kg.validation.engine.data import Data, Rows
from amcc_kg.validation.engine.evaluation import Evaluator, FailureError, Shape, Shapes, shown
from amcc_kg.validation.findings.report import NOTICES, SHAPE_LEFT_OUT, Finding, Notice, Severity
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.property_paths import predicates
from amcc_kg.validation.shapes.shapes_graph import Flaw, ShapesGraph, Unreadable
from amcc_kg.validation.shapes.vocabulary import sh

NOTHING_CHECKED = "nothing-checked"
ALL_DEACTIVATED = "Every shape with a target is switched off by sh:deactivated"
GIVEN_UP = "given-up"
ILL_FORMED = "ill-formed-shape"
UNSUPPORTED = "unsupported-entailment"
LEFT_OUT = "left-out"
"""Is about what a file says and the rules of its syntax leave out, such as a key without a meaning."""
UNCOMPARED = "uncompared"
REWRITTEN = "rewritten-literal"
"""Is about literals of the data that a graph keeps in another form: no slip, and no verdict hangs on it."""
OWL_CLASSES = "owl-class-target"
LEFT = "left-to-pyshacl"
TOLD = frozenset((REWRITTEN, OWL_CLASSES, LEFT, UNCOMPARED))
"""The kinds of remarks that a reader has to know of, though nothing is wrong."""
UNMATCHED = frozenset(("target-without-match", "path-without-triples"))
"""The kinds that are about how data and shapes fit together, not about a slip in the shapes."""

_REFERENCES = ("node", "property", "not", "qualifiedValueShape", "reifierShape")
_LISTS = ("and", "or", "xone")
_IMPORTS = f"<{OWL}imports>"
_LITERAL = f"<{RDFS}Literal>"
# Nothing that a shape asks for stands in SHACL's own vocabulary.
_NEEDLESS = {f"<{names.SHACL}>", f"<{names.SHACL.rstrip('#')}>"}
_SIMPLE = "<http://www.w3.org/ns/entailment/Simple>"  # is what is validated anyhow
_RDFS_REGIME = "<http://www.w3.org/ns/entailment/RDFS>"
# Nobody declares these anew, so that they do not occur says little.
_VOCABULARIES = tuple(f"<{namespace}" for namespace in (OWL, RDF, RDFS))
_DECLARED = ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
_DECLARING = (*(f"<{OWL}{name}>" for name in _DECLARED), f"<{RDFS}Class>", f"<{RDF}Property>")


class Scope(NamedTuple):
    """What a verdict is about: the triples of each file that is asked about.

    `described` are the subjects of the other files, such as an ontology beside them, `documents` the keys of
    the IRIs that the files that were read go by.
    """

    own: tuple[Rows, ...]
    described: frozenset[int] = frozenset()
    documents: frozenset[str] = frozenset()

    def spoken(self) -> set[int]:
        """Return the nodes that the files asked about speak of."""
        return {number for s, _, o in self.own for column in (s, o) for number in column}

    def looked_at(self, evaluator: Evaluator) -> bool:
        """Tell whether a shape looks at anything that the files asked about say.

        That is a subject of theirs, or a value that nothing else describes: a class or a status of an
        ontology is not theirs for being mentioned.
        """
        targeted = list(evaluator.shapes.targeted())
        foci: set[int] = set().union(*map(evaluator.focus_nodes, targeted))
        named: set[int] = set().union(*(shape.targets.objects_of for shape in targeted))
        values = foci - self.described
        return any(
            not foci.isdisjoint(s) or not values.isdisjoint(o) or not named.isdisjoint(p)
            for s, p, o in self.own
        )


class UnvalidatedError(InputError):
    """Nothing was validated, whatever the verdict might have said."""

    def __init__(
        self, reason: str, at_fault: str, notices: Sequence[Notice] = (), names: Sequence[str] = ()
    ) -> None:
        """Take why, what has to be mended (`data` or `shapes`), what may explain it, and the files' names."""
        self.reason = reason
        self.at_fault = at_fault
        self.notices = tuple(notices)
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        super().__init__(f"{', '.join(names[:3])}{more}: {reason}" if names else reason)


def finding(notice: Notice) -> Finding:
    """Return a notice as a finding, for those who ask that nothing be left open."""
    component = f"{NOTICES}{notice.kind}>"
    about = notice.shape_key or notice.term_key or component
    return Finding(
        notice.severity,
        notice.message,
        focus_key=about,
        route=notice.predicate_key,
        value_key=notice.term_key,
        component_key=component,
        source_shape_key=about,
        shape_key=notice.shape_key if notice.shape_key and notice.shape_key[0] == "<" else None,
        file=notice.place.file if notice.place else "",
        place=notice.place,
    )


def of(data: Data, shapes: Shapes, scope: Scope | None = None, found: bool = False) -> list[Notice]:
    """Return what validating data against shapes does not cover; without `scope`, all of the data count.

    `found` tells that there are results: then something was looked at, be it a node that no data speak of.
    """
    said = of_shapes(shapes, data, scope)
    if not len(data):
        return [Notice("empty-data", Severity.WARNING, "The data graph is empty."), *said]
    if found:
        looked_at = True
    elif scope is not None and scope.described:
        looked_at = scope.looked_at(Evaluator(data, shapes))
    else:
        looked_at = any(_matches(data, shape) for shape in shapes.targeted())
    if not looked_at:
        message = "No target of any shape matches a node of the data: nothing was validated."
        if all(shape.deactivated for shape in shapes if shape.targets):
            message = f"{ALL_DEACTIVATED}: nothing was validated."
        said.insert(0, Notice(NOTHING_CHECKED, Severity.WARNING, message))
    return [*said, *_unmatched(data, shapes)]


def of_shapes(shapes: Shapes, data: Data | None = None, scope: Scope | None = None) -> list[Notice]:
    """Return the slips in shapes themselves; `data` and `scope` tell what is at hand of what they import."""
    return [
        *_misspelt(shapes),
        *_of_one_constraint(shapes),
        *_undefined(shapes),
        *_datatypes(shapes),
        *_without_effect(shapes),
        *_without_validator(shapes),
        *_owl_classes(shapes),
        *_imports(shapes, data, frozenset() if scope is None else scope.documents),
        *ill_formed(shapes),
        *_unused(shapes),
    ]


def given_up(shapes: Shapes, stopped: Mapping[int, InputError]) -> list[Notice]:
    """Return a notice for each shape at which pyshacl, to which it is left, has stopped."""
    said = ((number, f"The shape is not evaluated: {error}.") for number, error in stopped.items())
    return [_slip(shapes.graph, GIVEN_UP, message, number) for number, message in said]


def failed(shapes: Shapes, failure: FailureError) -> Notice:
    """Return the notice of a query that reports a failure, at the query."""
    at = failure.shape if failure.constraint is None else failure.constraint
    return _slip(shapes.graph, "failure", f"A failure (SHACL 5.3.1): {failure}.", at, sh("select"))


def uncompared(shapes: Shapes, found: Iterable[tuple[int, str]]) -> list[Notice]:
    """Return a notice for what engines cannot be compared on, which leaves nothing of the verdict open."""
    return [Notice(UNCOMPARED, Severity.INFO, why, shapes.graph.key(number)) for number, why in found]


def fatal(shapes: Shapes, queries: bool = False) -> list[Notice]:
    """Return what makes any verdict of the shapes worthless, so that SHACL wants a failure: flaws of shapes
    that data are held against, and entailment that is asked for; `queries` as for `ill_formed`.
    """
    flaws = [_ill_formed(shapes, flaw) for flaw in fatal_flaws(shapes, queries)]
    spelling = _misspelt(shapes) if flaws else ()  # what explains a flaw best
    return [*spelling, *flaws, *_entailment(shapes)]


def fatal_flaws(shapes: Shapes, queries: bool = True) -> list[Flaw]:
    """Return the flaws of the shapes that data are held against; `queries` as for `ill_formed`."""
    held = shapes.reached()
    return [flaw for flaw in _flaws(shapes, queries) if flaw.shape in held]


def left_out(shapes: Shapes, *flaws: Flaw) -> Notice:
    """Return the notice of a shape that is left out because of its flaws."""
    reasons = "; ".join(dict.fromkeys(flaw.reason for flaw in flaws))
    message = f"The shape is left out, because it breaks SHACL's rules: {reasons}."
    first = flaws[0]
    return _slip(shapes.graph, SHAPE_LEFT_OUT, message, first.subject, first.predicate, first.value)


def ill_formed(shapes: Shapes, queries: bool = False) -> list[Notice]:
    """Return each breach of the syntax rules; with `queries`, every query is read, not only the odd ones."""
    return [_ill_formed(shapes, flaw) for flaw in _flaws(shapes, queries)]


def _flaws(shapes: Shapes, queries: bool = False) -> list[Flaw]:
    asked = shapes.graph.number(sh("sparql")) >= 0
    if not asked or not (queries or any(shape.unread is not None for shape in shapes)):
        return list(shapes.flaws)
    # Two parsers of SPARQL come with it, which well-formed shapes need not pay for.
    from amcc_kg.validation.components import constraints

    return list(dict.fromkeys((*shapes.flaws, *constraints.query_flaws(shapes, queries))))


def _ill_formed(shapes: Shapes, flaw: Flaw) -> Notice:
    message = f"The shape breaks SHACL's rules: {flaw.reason}."
    return _slip(shapes.graph, ILL_FORMED, message, flaw.subject, flaw.predicate, flaw.value)


def _matches(data: Data, shape: Shape) -> bool:
    targets, known = shape.targets, data.predicates
    return bool(
        any(data.members(kind) for kind in targets.classes)
        or any(predicate in known for predicate in targets.subjects_of | targets.objects_of)
        or targets.nodes - data.strangers(targets.nodes)
        or any(target.nodes(data) for target in targets.custom)
    )


def left(shapes: Shapes, referred: Mapping[int, str]) -> Iterator[Notice]:
    """Yield the shapes that were left to pyshacl, which takes longer, though they break no rule."""
    for number, reason in referred.items():
        name = shown(shapes.graph.key(number))
        message = f"Left to pyshacl, which takes longer, is {name}: {reason}"
        yield Notice(LEFT, Severity.INFO, message, shapes.graph.key(number))


def _unused(shapes: Shapes) -> Iterator[Notice]:
    reached = shapes.reached()
    led = {number for shape in shapes for number in shape.refers}
    graph = shapes.graph
    parameters = {graph.number(sh(name)) for name in names.PARAMETERS}
    nodes = {node for node in graph.described() if not parameters.isdisjoint(graph.predicates(node))}
    nodes -= {value for _, value in graph.pairs(sh("parameter"))}
    classes = set(graph.subjects(names.TYPE, graph.number(names.OWL_CLASS)))
    for number in sorted(nodes | {shape.number for shape in shapes}):
        if number in reached or number in led or (number in shapes and shapes[number].unread):
            continue
        # With `strict`, instances of an owl:Class are not looked at, and that is no slip of the shape.
        if number not in classes:
            message = "The shape has no target, and no other shape leads to it; it is never used."
            if number in shapes and shapes[number].targets:
                message = "The shape is switched off by sh:deactivated; it is never used."
            yield _slip(graph, "unused-shape", message, number)


# ---- slips in the shapes ----


def _slip(
    graph: ShapesGraph,
    kind: str,
    message: str,
    subject: int,
    predicate: str | None = None,
    term: int | str | None = None,
) -> Notice:
    """Return a warning about a subject of the shapes graph, or a statement about it, and a term in that."""
    key = graph.key(term) if isinstance(term, int) else term
    return Notice(kind, Severity.WARNING, message, graph.key(subject), predicate, key)


def _misspelt(shapes: Shapes) -> Iterator[Notice]:
    """Yield the terms of SHACL's namespace that are not known, or known and not evaluated."""
    graph, start = shapes.graph, len(names.SHACL) + 1
    strange = {
        number: name
        for number, key in enumerate(graph.terms.keys)
        if key.startswith(f"<{names.SHACL}") and (name := key[start:-1]) and name not in names.CORE
    }
    met: dict[tuple[int, str], str] = {}
    for subject, predicate, value in graph.triples() if strange else ():
        for number in (predicate, value):
            if number in strange:
                met.setdefault((subject, strange[number]), graph.key(predicate))
    for (subject, name), verb in met.items():
        if name in names.DECIDING:
            if name == "target" and _is_evaluated(shapes, subject):
                continue
            document = names.DOCUMENTS.get(name, "SHACL 1.2")
            message = f"sh:{name} is not evaluated: it belongs to {document}, not to SHACL 1.0."
            yield _slip(graph, "not-evaluated", message, subject, verb, sh(name))
        elif name not in names.NOT_EVALUATED:
            same = [known for known in names.CORE if known.lower() == name.lower()]
            near = _near(same[0] if same else name, names.CORE, "sh")
            message = f"sh:{name} is no term of SHACL, and is ignored{near}"
            yield _slip(graph, "misspelt-term", message, subject, verb, sh(name))


def _of_one_constraint(shapes: Shapes) -> Iterator[Notice]:
    """Yield what is said of the reifiers of single constraints (SHACL 1.2 Core), which nothing here heeds."""
    graph = shapes.graph
    for reifier, term in graph.pairs(names.REIFIES):
        key = graph.key(term)
        parameter = keys.parts(key)[1] if keys.is_triple_term(key) else ""
        for name in ("deactivated", "message", "severity") if parameter.startswith(f"<{names.SHACL}") else ():
            for value in graph.objects(reifier, sh(name)):
                message = (
                    f"sh:{name} of one constraint, here of sh:{parameter[len(names.SHACL) + 1 : -1]}, is not "
                    "evaluated: it belongs to SHACL 1.2, not to SHACL 1.0."
                )
                yield _slip(graph, "not-evaluated", message, reifier, sh(name), value)


def _is_evaluated(shapes: Shapes, subject: int) -> bool:
    """Tell whether all targets of a shape are of the kinds that are evaluated, or its flaw is told."""
    if subject in shapes and shapes[subject].unread:
        return True
    from amcc_kg.validation.components import targets  # most shapes have none

    try:
        return bool(
            [targets.read(shapes.graph, node) for node in shapes.graph.objects(subject, sh("target"))]
        )
    except (LookupError, Unreadable):
        return False


def _near(name: str, known: AbstractSet[str], prefix: str) -> str:
    return nearest(name, known).replace("; did you mean '", f"; did you mean '{prefix}:")


def _undefined(shapes: Shapes) -> Iterator[Notice]:
    """Yield the shapes that others name and that the shapes graph does not describe."""
    graph = shapes.graph
    described = set(graph.described())
    known = NamesBySpace(graph.key(shape.number) for shape in shapes if shape.number in described)
    for name in (*_REFERENCES, *_LISTS):
        for subject, value in graph.pairs(sh(name)):
            for number in graph.members(value) if name in _LISTS else [value]:
                key = graph.key(number)
                if key[0] == "<" and number not in described:
                    hint = _hint(known, key)
                    message = f"sh:{name} names {key}, which the shapes do not describe{hint}"
                    yield _slip(graph, "undefined-shape", message, subject, sh(name), key)


def _datatypes(shapes: Shapes) -> Iterator[Notice]:
    """Yield the datatypes in the namespaces of XML Schema and RDF that do not exist."""
    spaces = (("xsd", XSD, names.XSD_DATATYPES), ("rdf", RDF, names.RDF_DATATYPES))
    for subject, value in shapes.graph.pairs(sh("datatype")):
        key = shapes.graph.key(value)
        if key == _LITERAL:  # a class, of which pyshacl takes every literal to be
            message = "rdfs:Literal is no literal's datatype; sh:nodeKind sh:Literal asks for any literal"
            yield _slip(shapes.graph, "unknown-datatype", message, subject, sh("datatype"), key)
        for prefix, namespace, known in spaces:
            name = key[len(namespace) + 1 : -1]
            if key.startswith(f"<{namespace}") and name not in known:
                near = _near(name, known, prefix)
                message = f"{prefix}:{name} is no datatype, so no literal is of it{near}"
                yield _slip(shapes.graph, "unknown-datatype", message, subject, sh("datatype"), key)


_NEEDED = {
    "flags": ("pattern",),
    "ignoredProperties": ("closed",),
    "qualifiedMinCount": ("qualifiedValueShape",),
    "qualifiedMaxCount": ("qualifiedValueShape",),
    "qualifiedValueShapesDisjoint": ("qualifiedValueShape",),
    "qualifiedValueShape": ("qualifiedMinCount", "qualifiedMaxCount"),
    "reificationRequired": ("reifierShape",),
}
"""The parameters without which, or one of which, another makes no constraint (SHACL section 2.4)."""


def _without_effect(shapes: Shapes) -> Iterator[Notice]:
    """Yield the parameters that stand without the mandatory one that they are for."""
    graph = shapes.graph
    for name, needed in _NEEDED.items():
        for subject, value in graph.pairs(sh(name)):
            if not any(graph.objects(subject, sh(other)) for other in needed):
                message = f"sh:{name} has no effect without {' or '.join(f'sh:{n}' for n in needed)}"
                yield _slip(graph, "without-effect", message, subject, sh(name), value)


def _without_validator(shapes: Shapes) -> Iterator[Notice]:
    """Yield the components that the shapes graph declares without what validates (SHACL section 6.2.3)."""
    graph = shapes.graph
    validators = [sh(name) for name in ("validator", "nodeValidator", "propertyValidator")]
    for node in graph.subjects(names.TYPE, graph.number(sh("ConstraintComponent"))):
        own = graph.objects(node, sh("parameter")) and not graph.key(node).startswith(names.SHACL, 1)
        if own and not any(graph.objects(node, name) for name in validators):
            message = f"{graph.key(node)} has no validator for SPARQL, so that its constraints are ignored"
            yield _slip(graph, "without-validator", message, node)


def _owl_classes(shapes: Shapes) -> Iterator[Notice]:
    """Yield one remark on the shapes that are targets of themselves for being an `owl:Class`."""
    graph = shapes.graph
    by_letter = graph.below(graph.number(names.CLASS))
    lenient = [
        shape.number
        for shape in shapes
        if shape.number in shape.targets.classes
        and by_letter.keys().isdisjoint(graph.objects(shape.number, names.TYPE))
        and shape.number not in graph.objects(shape.number, sh("targetClass"))
    ]
    if lenient:
        whose = f"{len(lenient):,} shapes are each" if len(lenient) > 1 else f"{graph.key(lenient[0])} is"
        message = (
            f"{whose} an owl:Class too, whose instances are validated: common practice, beyond the letter of "
            "SHACL 2.1.3.3, which --strict takes"
        )
        yield Notice(OWL_CLASSES, Severity.INFO, message, graph.key(lenient[0]))


def _imports(shapes: Shapes, data: Data | None, documents: AbstractSet[str]) -> Iterator[Notice]:
    """Yield the `owl:imports` of what is none of the documents, nor declared as an ontology."""
    graph = shapes.graph
    if graph.number(_IMPORTS) < 0:
        return
    # What is said of an ontology is at hand, be it typed or not (5.2.1 asks for no type).
    declared = set(graph.subjects(names.TYPE, graph.number(names.ONTOLOGY))).union(graph.described())
    if data is not None:
        declared |= data.members(graph.number(names.ONTOLOGY))
    given = {_bare(key) for key in (*map(graph.key, declared), *documents)}
    for subject, value in graph.pairs(_IMPORTS):
        key = graph.key(value)
        if key not in _NEEDLESS and _bare(key) not in given:
            message = f"owl:imports {key}: it is not among the files given, and nothing is fetched"
            yield _slip(graph, "import-not-given", message, subject, _IMPORTS, key)


def _bare(key: str) -> str:
    """Return a document's IRI without the sign that a namespace ends with."""
    return key.rstrip("#/>")


def _entailment(shapes: Shapes) -> Iterator[Notice]:
    """Yield the entailment that a shapes graph asks for and no engine supports: SHACL wants a failure."""
    for subject, value in shapes.graph.pairs(sh("entailment")):
        key = shapes.graph.key(value)
        if key not in (_SIMPLE, _RDFS_REGIME):
            message = f"sh:entailment {key} is not supported; expected {_RDFS_REGIME}"
            yield _slip(shapes.graph, UNSUPPORTED, message, subject, sh("entailment"), key)


def regime(graph: ShapesGraph, asked: str) -> str:
    """Return the inference to validate with: what is asked for, or RDF Schema's if the shapes want that."""
    wanted = any(graph.key(value) == _RDFS_REGIME for _, value in graph.pairs(sh("entailment")))
    return "rdfs" if wanted and asked == "none" else asked


# ---- what the data leave untouched ----


def _unmatched(data: Data, shapes: Shapes) -> Iterator[Notice]:
    """Yield a notice for each target and each property that the data have nothing for."""
    keys, ids = data.terms.keys, data.terms.ids
    kinds = (ids[key] for key in _DECLARING if key in ids)
    # The classes and properties that the data declare, and the classes that they use.
    declared = set(data.named(names.TYPE).objects()).union(*map(data.members, kinds))
    terms = NamesBySpace(keys[number] for number in declared)
    properties = NamesBySpace(keys[number] for number in data.predicates)

    def judged(key: str, known: NamesBySpace) -> tuple[Severity, str]:
        if ids.get(key) in declared or key.startswith(_VOCABULARIES):
            return Severity.INFO, ""
        return Severity.WARNING, _hint(known, key)

    for shape in shapes:
        targets = shape.targets
        empty = [("targetClass", kind) for kind in targets.classes if not data.members(kind)]
        empty += [("targetSubjectsOf", p) for p in targets.subjects_of if p not in data.predicates]
        empty += [("targetObjectsOf", p) for p in targets.objects_of if p not in data.predicates]
        for name, number in empty:
            key = keys[number]
            severity, near = judged(key, terms)
            message = f"sh:{name} {key} matches nothing in the data{near}"
            yield Notice("target-without-match", severity, message, keys[shape.number], sh(name), key)
    strangers = data.strangers(number for shape in shapes for number in shape.targets.nodes)
    for shape in shapes:
        for number in sorted(shape.targets.nodes & strangers):
            message = f"sh:targetNode {keys[number]} is a node that the data do not speak of"
            yield _slip(shapes.graph, "target-without-match", message, shape.number, sh("targetNode"), number)
    paths = ((n, predicate) for n in shapes.reached() for predicate in predicates(shapes[n].path or ()))
    said: set[str] = set()
    for number, key in paths:
        if ids.get(key) not in data.predicates and key not in said:
            said.add(key)
            severity, near = judged(key, properties)
            message = f"The property {key} occurs nowhere in the data{near}"
            yield Notice("path-without-triples", severity, message, keys[number], sh("path"), key)


def _hint(names: NamesBySpace, name: str) -> str:
    near = names.nearest(name)
    return "" if near is None else f"; did you mean {near!r}?"
