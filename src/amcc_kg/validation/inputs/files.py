"""What a validation reads: which files are data, which the ontology beside them, which shapes; resolved once.

Knows names of files and the layout of a repository; opens a file only to see whether it is RDF.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from amcc_kg.repository.files import FileKind, GraphFile, Repository
from amcc_kg.syntax import recognition
from amcc_kg.terms.errors import InputError
from amcc_kg.validation.baseline.known_findings import Scope

STDIN = Path("-")
"""What stands for standard input among the paths."""


Unread: TypeAlias = "tuple[tuple[Path, str], ...]"
"""What in folders looks like RDF and is not read, and why."""


class Syntaxes(NamedTuple):
    """The syntaxes that somebody has told, as the values of `recognition.SYNTAXES`."""

    other: str | None = None  # of standard input, and of files that tell none themselves
    named: Mapping[Path, str] = MappingProxyType({})  # of files, by their resolved paths

    def told(self, path: Path) -> str | None:
        """Return the syntax told of a file by its name."""
        return self.named.get(path if path == STDIN else path.resolve())

    def of(self, path: Path) -> str:
        """Return the syntax of a file; raises `InputError` if nothing tells it."""
        told = self.told(path)
        if told or path == STDIN:
            if told := told or self.other:
                return told
            raise InputError("-: standard input needs --syntax, such as --syntax turtle")
        found = recognition.recognize(path)
        if syntax := found.syntax or self.other:
            return syntax
        known = ", ".join(recognition.SYNTAXES)
        reason = found.unread or f"unknown suffix {path.suffix!r}; expected one of {known}, or --syntax"
        if not found.unread and recognition.may_be_rdf(path):
            reason = "nothing in it tells that it is RDF; --syntax says what it is"
        raise InputError(f"{path}: {reason}")


_UNTOLD = Syntaxes()
_UNKNOWN = recognition.Recognition()


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
    syntax: Syntaxes = _UNTOLD
    unread: Unread = ()  # what in a folder looks like RDF and is not read, and why
    shapes_inside: bool = False  # whether the shapes are those in the data, as none are named
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
    syntax: Syntaxes = _UNTOLD,
) -> Inputs:
    """Return what is validated: files, or the repository where no file is named.

    Without `paths`, the repository's data and ontology are validated against its shapes, and its ontology
    against the shapes for ontologies; with `shapes`, against those only. With `paths` alone, those files are
    validated in the company of the repository's ontology, and by themselves against the shapes for
    ontologies; files of the repository's own data, in the company of all its data, and what is reported
    concerns the nodes that the files speak of. Shapes given by name come with the ontology given by name, if
    any: the repository is then left out, and may be None. Without it and without shapes, the shapes are those
    in the data. `root` and `syntax` are as `Inputs` has them.

    Raises `InputError` if a file is missing, or a folder holds no RDF file.
    """
    named, unread = listed(paths, syntax)
    rules, more = listed(shapes, syntax)
    unread += more
    if paths and (shapes or repository is None):
        scope = Scope((*paths, *ontology, *shapes), tuple(shapes) or named)
        inputs = Inputs(named, tuple(ontology), rules or named, bool(shapes), scope, named, root=root)
        return inputs._replace(syntax=syntax, unread=unread, shapes_inside=not shapes)
    if repository is None:
        raise InputError("nothing to validate; name files, or a repository with --repo DIR")
    files = repository.graph_files
    data = tuple(file.path for file in files if file.kind is not FileKind.ONTOLOGY)
    context = tuple(ontology) or tuple(file.path for file in files if file.kind is FileKind.ONTOLOGY)
    passages = tuple(file for file in files if file.kind is FileKind.PASSAGE)
    asked = (*paths, *ontology) if paths else (repository.root,)
    rules = rules or (repository.shapes_file,)
    judging = tuple(shapes) or repository.shapes_files
    scope = Scope((*asked, *judging), judging)
    inputs = Inputs(data, context, rules, bool(shapes), scope, passages=passages, root=root, syntax=syntax)
    inputs = inputs._replace(unread=unread)
    if shapes:
        return inputs._replace(data=(*data, *context), context=())
    if not repository.shapes_file.is_file():
        reason = "no such file; the repository has no shapes to validate against"
        raise InputError(f"{repository.shapes_file}: {reason}")
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


def listed(paths: Iterable[Path], syntax: Syntaxes = _UNTOLD) -> tuple[tuple[Path, ...], Unread]:
    """Return the files themselves, and for a folder the RDF files in it, sorted; `-` is standard input.

    Beside them, what in a folder looks like RDF and is not read, and why. Raises `InputError` if a path does
    not exist or a folder holds no RDF file.
    """
    found: list[Path] = []
    unread: list[tuple[Path, str]] = []
    for path in paths:
        if path.is_dir():
            inside = len(found)
            for file in _files(path, unread):
                known = recognition.Recognition(syntax.told(file)) if syntax.named else _UNKNOWN
                known = known if known.syntax else recognition.recognize(file)
                if known.syntax:
                    found.append(file)
                elif known.unread:
                    unread.append((file, known.unread))
            if len(found) == inside:
                expected = ", ".join(recognition.SYNTAXES)
                reasons = "".join(f"; {file}: {reason}" for file, reason in unread[:1])
                raise InputError(f"{path}: a folder without RDF files; expected {expected}{reasons}")
        elif path == STDIN or path.exists():
            found.append(path)
        else:
            raise InputError(f"{path}: no such file")
    return tuple(dict.fromkeys(found)), tuple(dict.fromkeys(unread))


def _files(folder: Path, unread: list[tuple[Path, str]]) -> list[Path]:
    """Return the files below a folder, sorted; links to folders are not followed, but told of."""
    found: list[Path] = []
    for top, folders, names in os.walk(folder):
        unread += (
            (Path(top, name), "a link to a folder") for name in folders if Path(top, name).is_symlink()
        )
        found += (file for name in names if (file := Path(top, name)).is_file())
    return sorted(found)
