"""What a validation reads: which files are data, which the ontology beside them, which shapes; resolved once.

Knows names of files and the layout of a repository; opens no file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from amcc_kg.repository import files as repo
from amcc_kg.repository.files import FileKind, GraphFile, Repository
from amcc_kg.terms.errors import InputError
from amcc_kg.validation.baseline.known_findings import Scope

STDIN = Path("-")
"""What stands for standard input among the paths."""


class Inputs(NamedTuple):
    """What is validated against what; whoever asks about files asks this, and not the file system."""

    data: tuple[Path, ...]
    context: tuple[Path, ...]  # an ontology that counts as data, but the verdict is not about it
    shapes: tuple[Path, ...]
    shapes_named: bool  # by somebody; they are the repository's own otherwise
    scope: Scope  # what a baseline is compared with: files and folders as they were named
    named: tuple[Path, ...] = ()  # the files of data that were named, or lie in a folder that was
    partial: bool = False  # whether only what concerns the nodes that those speak of is reported
    terms: tuple[Path, ...] = ()  # what is also held, by itself, against the shapes for ontologies
    ontology_shapes: Path | None = None  # these; None without any, or if `terms` are not asked about
    passages: tuple[GraphFile, ...] = ()  # which file is the graph of which passage
    root: Path | None = None  # what file names are reported relative to; else the working directory
    syntax: str | None = None  # of standard input, and of files whose endings tell none
    contexts: Mapping[str, Path] = MappingProxyType({})  # files of JSON-LD contexts, by their URLs

    @property
    def files(self) -> dict[Path, None]:
        """Every file that is read, each once."""
        own = () if self.ontology_shapes is None else (self.ontology_shapes,)
        asked = *self.data, *self.context, *self.shapes, *self.terms, *own
        return dict.fromkeys((*asked, *self.contexts.values()))

    def of_ontology(self) -> Inputs | None:
        """Return what is held against the shapes for ontologies, None if nothing is."""
        own = self.ontology_shapes
        if own is None:
            return None
        return self._replace(data=self.terms, context=(), shapes=(own,), ontology_shapes=None)


def resolve(
    repository: Repository | None,
    paths: Sequence[Path] = (),
    shapes: Sequence[Path] = (),
    ontology: Sequence[Path] = (),
    root: Path | None = None,
    syntax: str | None = None,
) -> Inputs:
    """Return what is validated: files, or the repository where no file is named.

    Without `paths`, the repository's data and ontology are validated against its shapes, and its ontology
    against the shapes for ontologies; with `shapes`, against those only. With `paths` alone, those files are
    validated in the company of the repository's ontology, and by themselves against the shapes for
    ontologies; files of the repository's own data, in the company of all its data, and what is reported
    concerns the nodes that the files speak of. Shapes given by name come with the ontology given by name, if
    any: the repository is then left out, and may be None. `root` and `syntax` (one of the values of
    `repository.SYNTAXES`) are as `Inputs` has them.

    Raises `InputError` if a file is missing, or a folder holds no RDF file.
    """
    if shapes and paths:
        data = listed(paths)
        scope = Scope((*paths, *ontology, *shapes), tuple(shapes))
        return Inputs(data, tuple(ontology), tuple(shapes), True, scope, data, root=root, syntax=syntax)
    if repository is None:
        raise InputError("nothing to validate against; name a file of shapes with --shapes FILE")
    files = repository.graph_files
    data = tuple(file.path for file in files if file.kind is not FileKind.ONTOLOGY)
    context = tuple(ontology) or tuple(file.path for file in files if file.kind is FileKind.ONTOLOGY)
    passages = tuple(file for file in files if file.kind is FileKind.PASSAGE)
    asked = (*paths, *ontology) if paths else (repository.root,)
    rules = tuple(shapes) or (repository.shapes_file,)
    judging = tuple(shapes) or repository.shapes_files
    scope = Scope((*asked, *judging), judging)
    inputs = Inputs(data, context, rules, bool(shapes), scope, passages=passages, root=root, syntax=syntax)
    if shapes:
        return inputs._replace(data=(*data, *context), context=())
    if not repository.shapes_file.is_file():
        reason = "no such file; the repository has no shapes to validate against"
        raise InputError(f"{repository.shapes_file}: {reason}")
    named = listed(paths)
    inputs = inputs._replace(named=named)
    inside = repository.root / "data"
    if paths and STDIN not in paths and all(path.resolve().is_relative_to(inside) for path in paths):
        # A file may be of a suffix that the repository does not read.
        return inputs._replace(data=(*data, *among(named, data, inside=False)), partial=True)
    own = repository.ontology_shapes_file
    inputs = inputs._replace(terms=named or context, ontology_shapes=own if own.is_file() else None)
    return (
        inputs._replace(data=named, context=tuple(among(context, named, inside=False))) if named else inputs
    )


def among(some: Iterable[Path], others: Iterable[Path], inside: bool = True) -> list[Path]:
    """Return those of some files that are among the others by whatever way there, or that are not."""
    whole = {path.resolve() for path in others}
    return [path for path in some if (path.resolve() in whole) is inside]


def listed(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files themselves, and for a folder the RDF files in it, sorted; `-` is standard input.

    Raises `InputError` if a path does not exist or a folder holds no RDF file.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            names = (Path(top, name) for top, _, names in os.walk(path) for name in names)
            inside = sorted(file for file in names if repo.is_rdf(file) and file.is_file())
            if not inside:
                raise InputError(f"{path}: a folder without RDF files; expected {', '.join(repo.SYNTAXES)}")
            found += inside
        elif path == STDIN or path.exists():
            found.append(path)
        else:
            raise InputError(f"{path}: no such file")
    return tuple(dict.fromkeys(found))
