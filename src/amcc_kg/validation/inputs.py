"""What is validated against what: the whole repository, or the files that somebody names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib import Dataset, Graph

from amcc_kg import repository as repo
from amcc_kg.errors import InputError
from amcc_kg.validation.engine import validate
from amcc_kg.validation.findings import report

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from amcc_kg.repository import Repository
    from amcc_kg.validation.findings import Report


def validate_paths(
    repository: Repository | None,
    paths: Sequence[Path] = (),
    shapes: Sequence[Path] = (),
    ontology: Sequence[Path] = (),
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

    Raises:
        InputError: a file is missing or cannot be read, or the shapes hold no shape.
        PlacedError: a file does not parse.
    """
    if shapes and paths:
        return validate(merged(files(paths)), merged(shapes), merged(ontology))
    if repository is None:
        raise InputError("nothing to validate against; name a file of shapes with --shapes FILE")
    context = merged(ontology or repository.ontology_files)
    if paths:
        named = merged(files(paths))
        if not all(path.resolve().is_relative_to(repository.root / "data") for path in paths):
            found = validate(named, _shapes(repository.shapes_file), context)
            return found + _validate_as_ontology(named, repository)
        found = validate(merged(repository.data_files), _shapes(repository.shapes_file), context)
        nodes = {node for s, _, o in named for node in (s, o)}
        return report([finding for finding in found.findings if finding.focus in nodes])
    data = merged(repository.data_files)
    if shapes:
        return validate(data, merged(shapes), context)
    found = validate(data, _shapes(repository.shapes_file), context)
    return found + _validate_as_ontology(context, repository)


def merged(paths: Iterable[Path]) -> Graph:
    """Return the triples of all files in one graph, those of named graphs included."""
    whole = Graph()
    for path in paths:
        if path.suffix in (".trig", ".nq"):
            dataset = Dataset()
            repo.parse_into(dataset, path)
            for s, p, o, _ in dataset.quads():
                whole.add((s, p, o))
        else:
            repo.parse_into(whole, path)
    return whole


def files(paths: Iterable[Path]) -> list[Path]:
    """Return the files themselves, and for a folder the RDF files in it, sorted.

    Raises `InputError` if a path does not exist or a folder holds no RDF file.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix in repo.SYNTAXES and p.is_file())
            if not inside:
                raise InputError(f"{path}: a folder without RDF files; expected {', '.join(repo.SYNTAXES)}")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise InputError(f"{path}: no such file")
    return found


def _validate_as_ontology(terms: Graph, repository: Repository) -> Report:
    """Validate what the graph says of classes and properties; data alone passes."""
    if not repository.ontology_shapes_file.is_file():
        return report([])
    return validate(terms, _shapes(repository.ontology_shapes_file))


def _shapes(path: Path) -> Graph:
    if not path.is_file():
        raise InputError(f"{path}: no such file; the repository has no shapes to validate against")
    return merged([path])
