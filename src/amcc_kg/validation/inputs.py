"""What is validated against what: the whole repository, or the files that somebody names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from amcc_kg import positions
from amcc_kg import repository as repo
from amcc_kg.errors import InputError, PlacedError
from amcc_kg.validation import columns, materials, placing
from amcc_kg.validation.engine import evaluate
from amcc_kg.validation.findings import Report, report
from amcc_kg.validation.notices import UnvalidatedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from amcc_kg.repository import Repository


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
        return _checked(_Run(None, manner).against(files(paths), ontology, shapes), shapes, manner)
    if repository is None:
        raise InputError("nothing to validate against; name a file of shapes with --shapes FILE")
    run = _Run(repository, manner)
    context = ontology or repository.ontology_files
    if paths:
        named = files(paths)
        inside = (path.resolve().is_relative_to(repository.root / "data") for path in paths)
        if materials.STDIN in paths or not all(inside):
            found = run.against(named, context, [_existing(repository.shapes_file)])
            return _and_ontology(found, run, named, repository)
        found = run.against(repository.data_files, context, [_existing(repository.shapes_file)])
        return _about(found, named)
    if shapes:
        return _checked(run.against(repository.data_files, context, shapes), shapes, manner)
    found = run.against(repository.data_files, context, [_existing(repository.shapes_file)])
    return _and_ontology(found, run, context, repository)


def _checked(found: Report, shapes: Sequence[Path], manner: Manner) -> Report:
    """Return the report; raises `UnvalidatedError` if the shapes that somebody named met no node to check."""
    for notice in found.notices:
        if notice.kind == "nothing-checked":
            names = [materials.shown(path, manner.root) for path in shapes]
            others = [other for other in found.notices if other is not notice]
            reason = "no target of any shape matches a node of the data; nothing was validated"
            raise UnvalidatedError(reason, "shapes", others, names)
    return found


class _Run:
    """What stays the same from one validation to the next."""

    def __init__(self, repository: Repository | None, manner: Manner) -> None:
        self._repository = repository
        self._manner = manner

    def against(self, data: Sequence[Path], context: Sequence[Path], shapes: Sequence[Path]) -> Report:
        """Validate data and context against shapes; syntax errors are all that is found if there are any."""
        manner = self._manner
        terms = positions.Terms()
        read, around, asked = (
            materials.read(files, terms, scope, manner.root, manner.syntax)
            for files, scope in ((data, "f"), (context, "o"), (shapes, "s"))
        )
        read += around
        if problems := [*read.problems(), *asked.problems()]:
            return report(problems)
        whole, wanted = columns.Data(terms), columns.ShapesGraph(terms)
        for rows in read.rows():
            whole.add(*rows)
        for rows in asked.rows():
            wanted.add(*rows)
        try:
            found = evaluate(whole, wanted, engine=manner.engine, strict=manner.strict, jobs=manner.jobs)
        except UnvalidatedError as error:
            at_fault = data if error.at_fault == "data" else shapes
            names = [materials.shown(path, manner.root) for path in at_fault]
            said = placing.noticed(error.notices, asked)
            raise UnvalidatedError(error.reason, error.at_fault, said, names) from error
        if manner.examples:
            from amcc_kg.validation import examples

            found = report(examples.given(found.findings, read, whole, columns.read(wanted)), found.notices)
        placed = placing.placed(found.findings, (read, whole), (asked, wanted), self._quotes(whole))
        return report(placed, placing.noticed(found.notices, asked))

    def _quotes(self, data: columns.Data) -> placing.Quotes:
        if self._repository is None:
            return {}
        files = self._repository.graph_files
        names = {str(file.path): materials.shown(file.path, self._manner.root) for file in files}
        return placing.quotes_of(files, data, names)


def _about(found: Report, named: Sequence[Path]) -> Report:
    """Keep what concerns the nodes that the named files speak of."""
    terms = positions.Terms()
    spoken = {
        terms.keys[number]
        for s, _, o in materials.read(named, terms, "f").rows()
        for column in (s, o)
        for number in column
    }
    kept = [f for f in found.findings if f.is_syntax_error or f.focus_key in spoken]
    return Report(tuple(kept), found.notices)


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
    return found + run.against(terms, (), [repository.ontology_shapes_file])


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise InputError(f"{path}: no such file; the repository has no shapes to validate against")
    return path
