"""What is validated against what: the whole repository, or the files that somebody names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from amcc_kg.repository import files as repo
from amcc_kg.syntax import reading
from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.validation.engine import columns
from amcc_kg.validation.engine.run import evaluate
from amcc_kg.validation.engine.scope import Scope
from amcc_kg.validation.findings import places
from amcc_kg.validation.findings.findings import NOTICES, Report, report
from amcc_kg.validation.findings.notices import NOTHING_CHECKED, UNMATCHED, UnvalidatedError
from amcc_kg.validation.inputs import materials

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from amcc_kg.repository.files import Repository
    from amcc_kg.validation.inputs.materials import Material


class Manner(NamedTuple):
    """How to validate.

    Attributes:
        engine: one of `amcc_kg.validation.ENGINES`.
        strict: whether what the verdict does not cover is itself a finding.
        jobs: the number of processes to use at most.
        root: the folder that file names are reported relative to; the working directory if none is given.
        examples: whether each finding also gets an example of what passes.
        syntax: the syntax of standard input, and of files whose endings tell none.
    """

    engine: str = "columns"
    strict: bool = False
    jobs: int = 1
    root: Path | None = None
    examples: bool = False
    syntax: str | None = None


def validate_paths(
    repository: Repository | None,
    paths: Sequence[Path] = (),
    shapes: Sequence[Path] = (),
    ontology: Sequence[Path] = (),
) -> Report:
    """Validate as `check` does; raises `PlacedError` for the first syntax error."""
    found = check(repository, paths, shapes, ontology)
    if found.unreadable:
        first = found.findings[0]
        raise PlacedError(first.file, first.line or 0, first.column, first.message)
    return found


def check(
    repository: Repository | None,
    paths: Sequence[Path] = (),
    shapes: Sequence[Path] = (),
    ontology: Sequence[Path] = (),
    manner: Manner | None = None,
) -> Report:
    """Validate files, or the repository where no file is named.

    Without `paths`, the repository's data and ontology are validated against its shapes, and its ontology
    against the shapes for ontologies; with `shapes`, against those only. With `paths` alone, those files are
    validated in the company of the repository's ontology, and by themselves against the shapes for
    ontologies; files of the repository's own data, in the company of all its data, and what is reported
    concerns the nodes that the files speak of. Shapes given by name come with the ontology given by name, if
    any: the repository is then left out.

    Args:
        repository: the repository; None is enough if `paths` and `shapes` are given.
        paths: files, or folders of files, to validate.
        shapes: files of shapes.
        ontology: files of classes and individuals that the shapes ask about.
        manner: how to validate.

    Returns:
        The findings; only the syntax errors, all of them, if there are any.

    Raises:
        InputError: a file is missing or cannot be read, or the shapes hold no shape.
    """
    manner = manner or Manner()
    if shapes and paths:
        found = _Run(None, manner).against(files(paths), ontology, shapes)
        return _checked(found, "any shape", "shapes", shapes, manner)
    if repository is None:
        raise InputError("nothing to validate against; name a file of shapes with --shapes FILE")
    run = _Run(repository, manner)
    context = ontology or repository.ontology_files
    data = repository.written_files
    if shapes:
        return _checked(run.against([*data, *context], (), shapes), "any shape", "shapes", shapes, manner)
    wanted = [_existing(repository.shapes_file)]
    named = files(paths)
    if not paths:
        found = _and_ontology(run.against([*data, *context], (), wanted), run, context, repository)
    elif materials.STDIN not in paths and all(
        path.resolve().is_relative_to(repository.root / "data") for path in paths
    ):
        found = run.against(data, context, wanted, named)
    else:
        company = _beyond(named, context)
        found = _and_ontology(run.against(named, company, wanted), run, named, repository)
    return _checked(found, "the repository's shapes", "data", named or data, manner)


def _checked(found: Report, whose: str, at_fault: str, names: Sequence[Path], manner: Manner) -> Report:
    """Return the report; raises `UnvalidatedError` if nothing was found because nothing was looked at."""
    if found.unreadable or not all(finding.is_notice for finding in found.findings):
        return found
    for notice in found.notices:
        if notice.kind == NOTHING_CHECKED:
            shown = [materials.shown(path, manner.root) for path in names]
            skipped = UNMATCHED if at_fault == "data" else ()  # of shapes that somebody has written, all
            others = [n for n in found.notices if n is not notice and n.kind not in skipped]
            reason = f"no target of {whose} matches a node of the data; nothing was validated"
            raise UnvalidatedError(reason, at_fault, others, shown)
    return found


class _Run:
    """What stays the same from one validation to the next."""

    def __init__(self, repository: Repository | None, manner: Manner) -> None:
        self._repository = repository
        self._manner = manner

    def against(
        self,
        data: Sequence[Path],
        context: Sequence[Path],
        shapes: Sequence[Path],
        named: Sequence[Path] | None = None,
    ) -> Report:
        """Validate data and context against shapes; syntax errors are all that is found if there are any.

        Where some of the data are `named`, what is reported concerns the nodes that they speak of.
        """
        manner = self._manner
        terms = reading.Terms()
        if named is not None:  # a file may be of a suffix that the repository does not read
            data = [*data, *_beyond(data, named)]
        read, around, asked = (
            materials.read(files, terms, scope, manner.root, manner.syntax)
            for files, scope in ((data, "f"), (context, "o"), (shapes, "s"))
        )
        own = data if named is None else _among(data, named)
        scope = self._scope(read, around, own, [*data, *context, *shapes])
        read += around
        if problems := [*read.problems(), *asked.problems()]:
            return report(problems)
        whole, wanted = columns.Data(terms), columns.ShapesGraph(terms)
        for rows in read.rows():
            whole.add(*rows)
        for rows in asked.rows():
            wanted.add(*rows)
        try:
            found = evaluate(
                whole, wanted, engine=manner.engine, strict=manner.strict, jobs=manner.jobs, scope=scope
            )
        except UnvalidatedError as error:
            at_fault = data if error.at_fault == "data" else shapes
            names = [materials.shown(path, manner.root) for path in at_fault]
            said = places.noticed(error.notices, asked)
            raise UnvalidatedError(error.reason, error.at_fault, said, names) from error
        if named is not None:
            found = _about(found, scope, terms)
        if manner.examples:
            from amcc_kg.validation.examples import passing as examples

            found = report(examples.given(found.findings, read, whole, columns.read(wanted)), found.notices)
        placed = places.placed(found.findings, (read, whole), (asked, wanted), self._quotes(whole))
        return report(placed, places.noticed(found.notices, asked))

    def _scope(
        self, read: Material, around: Material, own: Iterable[Path], documents: Iterable[Path]
    ) -> Scope:
        names = {materials.shown(path, self._manner.root) for path in own}
        return Scope(
            tuple(read.rows(names)),
            frozenset(number for s, _, _ in around.rows() for number in s),
            frozenset(f"<{path.resolve().as_uri()}>" for path in documents),
        )

    def _quotes(self, data: columns.Data) -> places.Quotes:
        if self._repository is None:
            return {}
        files = self._repository.graph_files
        names = {str(file.path): materials.shown(file.path, self._manner.root) for file in files}
        return places.quotes_of(files, data, names)


def _about(found: Report, scope: Scope, terms: reading.Terms) -> Report:
    """Keep what concerns the nodes that the files asked about speak of, and the shapes themselves."""
    spoken = scope.spoken()
    kept = [f for f in found.findings if f.is_notice or terms.ids.get(f.focus_key) in spoken]
    return Report(tuple(kept), found.notices)


def _among(data: Iterable[Path], named: Iterable[Path]) -> list[Path]:
    """Return the files of the data that are named, by whatever way there."""
    whole = {path.resolve() for path in named}
    return [path for path in data if path.resolve() in whole]


def _beyond(some: Iterable[Path], others: Iterable[Path]) -> list[Path]:
    """Return those of the others that are not among some files."""
    whole = {path.resolve() for path in some}
    return [path for path in others if path.resolve() not in whole]


def files(paths: Iterable[Path]) -> list[Path]:
    """Return the files themselves, and for a folder the RDF files in it, sorted; `-` is standard input.

    Raises `InputError` if a path does not exist or a folder holds no RDF file.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if repo.is_rdf(p) and p.is_file())
            if not inside:
                raise InputError(f"{path}: a folder without RDF files; expected {', '.join(repo.SYNTAXES)}")
            found += inside
        elif path == materials.STDIN or path.exists():
            found.append(path)
        else:
            raise InputError(f"{path}: no such file")
    return list(dict.fromkeys(found))


def _and_ontology(found: Report, run: _Run, terms: Sequence[Path], repository: Repository) -> Report:
    """Add what the shapes for ontologies say of classes and properties; data alone passes."""
    if found.unreadable or not repository.ontology_shapes_file.is_file():
        return found
    more = run.against(terms, (), [repository.ontology_shapes_file])
    if any(not _idle(some) for some in (found, more)):  # what the one looks at, the other need not
        found, more = (_without_idleness(some) for some in (found, more))
    return found + more


def _idle(found: Report) -> bool:
    return any(notice.kind == NOTHING_CHECKED for notice in found.notices)


def _without_idleness(found: Report) -> Report:
    findings = [f for f in found.findings if f.component_key != f"{NOTICES}{NOTHING_CHECKED}>"]
    return Report(tuple(findings), tuple(n for n in found.notices if n.kind != NOTHING_CHECKED))


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise InputError(f"{path}: no such file; the repository has no shapes to validate against")
    return path
