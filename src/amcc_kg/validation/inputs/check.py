"""A validation of files: read, evaluated, and what is found put in its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from amcc_kg.repository.files import Repository
from amcc_kg.syntax import reading, rewritten, text_files
from amcc_kg.syntax.reading import Source, Terms
from amcc_kg.terms import keys, prefixes
from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.terms.lines import LineIndex, Span
from amcc_kg.terms.prefixes import DeclaredPrefixes
from amcc_kg.validation import advice
from amcc_kg.validation.components import reader
from amcc_kg.validation.engine import progress
from amcc_kg.validation.engine.data import Data, Rows
from amcc_kg.validation.engine.evaluation import Shapes
from amcc_kg.validation.findings.locator import Locator
from amcc_kg.validation.findings.notices import (
    ALL_DEACTIVATED,
    LEFT_OUT,
    NOTHING_CHECKED,
    REWRITTEN,
    UNCOMPARED,
    UNMATCHED,
    Scope,
    UnvalidatedError,
)
from amcc_kg.validation.findings.notices import finding as finding_of
from amcc_kg.validation.findings.report import (
    NOTICES,
    SYNTAX,
    Finding,
    Notice,
    Place,
    Report,
    Severity,
    report,
)
from amcc_kg.validation.findings.spelling import shortened
from amcc_kg.validation.inputs.files import STDIN, Inputs, Syntaxes, among, resolve
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph
from amcc_kg.validation.verdict import evaluate

_WITHOUT_SHAPES = (
    "there are no shapes in the data to validate against; name some with --shapes FILE, "
    "or with --shapes amcc those of this project"
)
_SHOWN_STDIN = Path("<stdin>")
_UNTOLD = Syntaxes()
_SHACL = f"<{prefixes.SH}"
_QUOTE = f"<{prefixes.ONTOLOGY}quote>"

Texts = dict[Path, str]
"""What files hold, by their resolved paths, so that one that plays two roles is read once."""


class Manner(NamedTuple):
    """How to validate."""

    engine: str = "columns"  # one of `amcc_kg.validation.ENGINES`
    strict: bool = False  # whether what the verdict does not cover is itself a finding
    jobs: int = 1  # the number of processes to use at most
    ill_formed: str = "refuse"  # what becomes of shapes that break SHACL's rules, one of `salvage.WAYS`
    examples: bool = False  # whether each finding also gets an example of what passes
    inference: str = "none"  # one of `amcc_kg.validation.verdict.INFERENCE`


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

    Raises `InputError` if a file cannot be read or the shapes hold no shape, and `UnvalidatedError` if
    nothing was found because nothing was looked at.
    """
    manner = manner or Manner()
    texts: Texts = {}
    found = _Validation(inputs, texts).report(manner)
    ontology = inputs.of_ontology()
    if ontology is not None and not found.unreadable:  # data alone passes there
        more = _Validation(ontology, texts).report(manner)
        if not (_idle(found) and _idle(more)):  # what the one looks at, the other need not
            found, more = _without_idleness(found), _without_idleness(more)
        found += more
    if _idle(found) and not found.unreadable and all(finding.is_notice for finding in found.findings):
        raise _unvalidated(found, inputs)
    return found


def _unvalidated(found: Report, inputs: Inputs) -> UnvalidatedError:
    """Return the error of a validation that has looked at nothing."""
    if inputs.shapes_named or inputs.shapes_inside:
        whose, at_fault, files = "any shape", "shapes", inputs.shapes
    else:
        whose, at_fault, files = "the repository's shapes", "data", inputs.named or inputs.data
    # Of shapes that somebody has written, all is said.
    untold = {NOTHING_CHECKED} if whose == "any shape" else {NOTHING_CHECKED, *UNMATCHED}
    said = [notice for notice in found.notices if notice.kind not in untold]
    reason = f"no target of {whose} matches a node of the data; nothing was validated"
    if any(notice.message.startswith(ALL_DEACTIVATED) for notice in found.notices):
        reason = f"{ALL_DEACTIVATED[0].lower()}{ALL_DEACTIVATED[1:]}; nothing was validated"
    return UnvalidatedError(reason, at_fault, said, _names(files, inputs))


def read(data: Sequence[Path], shapes: Sequence[Path]) -> tuple[Data, Shapes]:
    """Return what files of data and of shapes say; raises `InputError` for the first that does not parse."""
    terms = Terms()
    whole, graph = Data(terms), ShapesGraph(terms)
    for target, paths, label in ((graph, shapes, "s"), (whole, data, "f")):
        material = _material(paths, terms, label, {})
        for problem in material.problems():
            raise InputError(f"{problem.where}: {problem.message}")
        for rows in material.rows():
            target.add(*rows)
    return whole, reader.read(graph)


class _Validation:
    """Data, in the company of a context, against shapes: read into one table of terms."""

    def __init__(self, inputs: Inputs, texts: Texts) -> None:
        terms = Terms()
        shapes = () if inputs.shapes_inside else inputs.shapes
        own, around, self._asked = (
            _material(files, terms, label, texts, inputs.root, inputs.syntax, inputs.contexts)
            for files, label in ((inputs.data, "f"), (inputs.context, "o"), (shapes, "s"))
        )
        if inputs.shapes_inside:
            self._asked = own
        self._inputs, self._own = inputs, own
        self._read = own.beside(around)
        self._data, self._shapes = Data(terms), ShapesGraph(terms)
        self._ids = terms.ids
        reported = among(inputs.data, inputs.named) if inputs.partial else inputs.data
        documents = (*inputs.data, *inputs.context, *inputs.shapes)
        self._scope = Scope(
            tuple(own.rows(set(_names(reported, inputs)))),
            frozenset(number for s, _, _ in around.rows() for number in s),
            frozenset(f"<{path.resolve().as_uri()}>" for path in documents),
        )

    def report(self, manner: Manner) -> Report:
        """Return the findings, in their places; syntax errors are all that is found if there are any."""
        inputs, data, shapes = self._inputs, self._data, self._shapes
        if problems := [*self._read.problems(), *self._asked.problems()]:
            return report(problems)
        if inputs.shapes_inside and not any(key.startswith(_SHACL) for key in data.terms.keys):
            raise self._without_shapes()
        for rows in self._read.rows():
            data.add(*rows)
        for rows in self._asked.rows():
            shapes.add(*rows)
        try:
            found = evaluate(
                data,
                shapes,
                engine=manner.engine,
                inference=manner.inference,
                strict=manner.strict,
                jobs=manner.jobs,
                scope=self._scope,
                ill_formed=manner.ill_formed,
            )
        except UnvalidatedError as error:
            if inputs.shapes_inside and not any(shape.targets for shape in reader.read(shapes)):
                raise InputError(
                    f"{', '.join(_names(inputs.data[:3], inputs))}: {_WITHOUT_SHAPES}"
                ) from error
            names = _names(inputs.data if error.at_fault == "data" else inputs.shapes, inputs)
            said = self._noticed(error.notices)
            raise UnvalidatedError(error.reason, error.at_fault, said, names) from error
        kept = found.findings
        if inputs.partial:
            # What concerns the nodes that the files asked about speak of, and the shapes themselves.
            spoken = self._scope.spoken()
            kept = tuple(f for f in kept if f.is_notice or self._ids.get(f.focus_key) in spoken)
        if manner.examples:
            from amcc_kg.validation.examples import illustrations  # only --explain shows examples

            kept = tuple(illustrations.given(kept, self._read.sources, data, reader.read(shapes)))
        left_out = self._left_out()
        said = [*self._noticed(found.notices), *left_out, *self._rewritten()]
        findings = list(self._placed(kept)) if kept else []
        if manner.strict:
            findings += left_out.values()
        return report(findings, said)

    def _left_out(self) -> dict[Notice, Finding]:
        """Return what the rules of a syntax leave out of the files, as notices and as findings."""
        found: dict[Notice, Finding] = {}
        for sources in (self._asked.sources, self._read.sources):
            for number, source in enumerate(sources):
                for span, message, _ in source.remarks:
                    place = _place(source.name, span, "syntax", number)
                    notice = Notice(LEFT_OUT, Severity.WARNING, message, place=place)
                    found[notice] = replace(
                        finding_of(notice),
                        focus_key=keys.iri(source.base),
                        file=source.name,
                        place=place,
                        excerpt=source.lines.line(span.line),
                    )
        return found

    def _without_shapes(self) -> InputError:
        return UnvalidatedError(_WITHOUT_SHAPES, "shapes", (), _names(self._inputs.data, self._inputs))

    def _rewritten(self) -> Iterator[Notice]:
        """Yield the notice of the data's literals that the engine keeps in another form, if there are any."""
        places: list[str] = []
        for source in self._own.sources:
            places += rewritten.places(source, rewritten.rows(source), source.name)
        if places:
            yield Notice(REWRITTEN, Severity.INFO, rewritten.told(len(places), places))

    def _placed(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield the findings with their places, and with what helps."""
        locator, shape_locator = Locator(self._read.sources), Locator(self._asked.sources)
        asked = [source.prefixes for source in self._asked.sources]
        others = DeclaredPrefixes(*asked)
        known, shapes = advice.Known(self._data, self._shapes), advice.Described(self._shapes, others)
        prefixes = {
            source.name: DeclaredPrefixes(source.prefixes, *asked)
            for source in (*self._read.sources, *self._asked.sources)
        }
        quotes, folders = self._quotes(), self._read.folders | self._asked.folders
        stand_in = next((source.name for source in self._read.sources), "")

        def placed(finding: Finding) -> Finding:
            component, sources = finding.component_key[1:-1], self._read.sources
            if finding.component_key.startswith(NOTICES):  # the shapes themselves are at fault
                predicate = finding.route if isinstance(finding.route, str) else None
                place = shape_locator.statement(finding.focus_key, predicate, finding.value_key)
            else:
                place = locator.place(
                    finding.focus_key,
                    finding.route,
                    finding.value_key,
                    component,
                    finding.counted_keys,
                )
            if place is not None and place.kind in ("constraint", "shape"):
                sources = self._asked.sources
            file = place.file if place else ""
            shape_place = shape_locator.constraint(finding.source_shape_key, component)
            shape_file = shape_place.file if shape_place else ""
            own = prefixes.get(file, others)
            return replace(
                finding,
                value_key=_as_written(finding.value_key, place, sources),
                file=file,
                # The words of a shape are a person's.
                message=finding.message if finding.messages else shortened(finding.message, own),
                stand_in=stand_in,
                place=place,
                shape_place=shape_place,
                excerpt=sources[place.source].lines.line(place.line) if place else "",
                hint=known.hint(finding, own),
                help=shapes.help(finding.source_shape_key),
                quotes=quotes.get(file, ()),
                details=tuple(map(placed, finding.details)),
                grounds=tuple(
                    g._replace(words=shortened(g.words, own), place=locator.triple(*g.triple))
                    for g in finding.grounds
                ),
                names=own,
                folders=tuple(folders[name] for name in (file or stand_in, shape_file) if name in folders),
            )

        return map(placed, findings)

    def _noticed(self, notices: Iterable[Notice]) -> list[Notice]:
        """Return notices, those that are shown with their places in the files of shapes."""
        locator = Locator(self._asked.sources)
        prefixes = DeclaredPrefixes(*(source.prefixes for source in self._asked.sources))
        return [
            n
            if n.shape_key is None or (n.severity is Severity.INFO and n.kind != UNCOMPARED)
            else n._replace(
                message=shortened(n.message, prefixes),
                place=locator.statement(n.shape_key, n.predicate_key, n.term_key),
            )
            for n in notices
        ]

    def _quotes(self) -> dict[str, tuple[str, ...]]:
        """Return the quotes of each passage file, by its name in reports, as the data state them."""
        column, known = self._data.named(_QUOTE), self._data.terms.keys
        return {
            shown(file.path, self._inputs.root): tuple(sorted(keys.value(known[value]) for value in values))
            for file in self._inputs.passages
            if (values := column.of(self._ids.get(f"<{file.graph}>", -1)))
        }


def _names(files: Iterable[Path], inputs: Inputs) -> list[str]:
    return [shown(path, inputs.root) for path in files]


def _idle(found: Report) -> bool:
    return any(notice.kind == NOTHING_CHECKED for notice in found.notices)


def _without_idleness(found: Report) -> Report:
    findings = [f for f in found.findings if f.component_key != f"{NOTICES}{NOTHING_CHECKED}>"]
    return Report(tuple(findings), tuple(n for n in found.notices if n.kind != NOTHING_CHECKED))


def _as_written(value: str | None, place: Place | None, sources: Sequence[Source]) -> str | None:
    """Return a value's key with its language tag as the file has it; engines compare tags in lower case."""
    if not value or keys.language(value) is None or place is None:
        return value
    start = value.rindex("@") + 1
    return value[:start] + sources[place.source].tag(value[start:], place.start, place.end)


# ---- reading files ----


class Material(NamedTuple):
    """Files of one role."""

    sources: list[Source]
    unread: list[Finding]  # why files could not be read at all, one finding each
    folders: dict[str, str]  # the IRI of each file's folder, by the file's name

    def rows(self, names: Collection[str] | None = None) -> Iterator[Rows]:
        """Yield the triples of each file, or of those with these names; of named graphs, too."""
        return ((x.s, x.p, x.o) for x in self.sources if names is None or x.name in names)

    def problems(self) -> Iterator[Finding]:
        """Yield the syntax errors of all files, as findings."""
        yield from self.unread
        for number, source in enumerate(self.sources):
            for span, message, hint in source.problems:
                yield _syntax_error(source.name, span, message, hint, source.lines.line(span.line), number)

    def beside(self, other: Material) -> Material:
        """Return these files and others."""
        sources, unread = self.sources + other.sources, self.unread + other.unread
        return Material(sources, unread, self.folders | other.folders)


def _material(
    paths: Sequence[Path],
    terms: Terms,
    label: str,
    texts: Texts,
    root: Path | None = None,
    syntax: Syntaxes = _UNTOLD,
    contexts: Mapping[str, Path] | None = None,
) -> Material:
    """Read files of one role; `label` is what the labels of their blank nodes begin with.

    Raises `InputError` for what is missing or not to be read; what does not parse is among `problems`.
    """
    found = Material([], [], {})
    for number, named in enumerate(paths):
        progress.step("reading file", number + 1, len(paths))
        path = _SHOWN_STDIN if named == STDIN else named
        name = shown(path, root)
        place = path.resolve()
        found.folders[name] = f"{place.parent.as_uri().rstrip('/')}/"
        content: str | bytes | None = texts.get(place)
        if content is None:
            content = text_files.read_input() if named == STDIN else text_files.read_unpacked(named)
        kind = syntax.of(named)
        try:
            if isinstance(content, bytes):
                content = texts[place] = text_files.decoded(content, path)
            scope = f"{label}{number}"
            found.sources.append(reading.parse(content, kind, terms, name, scope, place.as_uri(), contexts))
        except PlacedError as error:
            found.unread.append(_unread(error, name, content))
    return found


def shown(path: Path, root: Path | None = None) -> str:
    """Return a file's name as reports have it: relative where it is below the working directory."""
    if path in (STDIN, _SHOWN_STDIN):
        return _SHOWN_STDIN.name
    whole, top = path.absolute(), (Path.cwd() if root is None else root)
    return (whole.relative_to(top) if whole.is_relative_to(top) else path).as_posix()


def _unread(error: PlacedError, name: str, content: str | bytes) -> Finding:
    """Return a finding for a file that was given up, with the line at fault if that is text."""
    if not error.line:
        return _syntax_error(name, None, error.reason, "", "", 0)
    line, column = error.line, error.column or 1
    lines = LineIndex(content if isinstance(content, str) else content.decode("utf-8", "replace"))
    excerpt = lines.line(line) if line <= len(lines.starts) else ""
    if "\ufffd" in excerpt:
        excerpt = ""
    return _syntax_error(name, Span(0, 0, line, column, line, column), error.reason, "", excerpt, 0)


def _place(name: str, span: Span, kind: str, number: int) -> Place:
    ends = (span.line, span.column, span.end_line, span.end_column)
    return Place(name, *ends, kind, number, span.start, span.end)


def _syntax_error(name: str, span: Span | None, reason: str, hint: str, excerpt: str, number: int) -> Finding:
    place = None
    if span is not None:
        place = _place(name, span, "syntax", number)
    return Finding(
        severity=Severity.VIOLATION,
        message=reason,
        focus_key=keys.iri(Path(name).absolute().as_uri()),
        route=None,
        value_key=None,
        component_key=SYNTAX,
        source_shape_key=SYNTAX,
        shape_key=None,
        file=name,
        place=place,
        excerpt=excerpt,
        hint=hint,
    )
